package org.freelims.sync.server.socketio;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.protocol.SyncException;

/**
 * What a {@code subscribe} or {@code unsubscribe} event asks for. Immutable.
 *
 * @param resource the resource as the client named it
 * @param to the subscription expression
 * @param from where to start
 * @param plain whether it says no more than FreeLIMS' own clients do, and so is answered as they
 *     are used to
 */
record SyncRequest(String resource, String to, StartFrom from, boolean plain) {
    private static final Pattern RESOURCE = Pattern.compile("\\*|[A-Za-z0-9_.-]+");
    private static final int MAX_TEXT = 2048;

    /**
     * Reads an event's arguments.
     *
     * @throws SyncException {@link ErrorCode#BAD_REQUEST} if they name no resource, or are not what
     *     may be said of one
     */
    static SyncRequest parse(List<JsonNode> arguments) {
        JsonNode payload = arguments.isEmpty() ? SocketJson.MAPPER.nullNode() : arguments.get(0);
        if (!payload.isObject()) {
            throw bad(
                    "Send an object that names a resource, such as {\"resource\":\"inventory\"}.");
        }
        String resource =
                text(payload, "resource")
                        .filter(name -> RESOURCE.matcher(name).matches())
                        .orElseThrow(
                                () ->
                                        bad(
                                                "\"resource\" must be the name of a resource, such"
                                                        + " as \"inventory\"."));
        Optional<String> id =
                payload.path("id").isIntegralNumber()
                        ? Optional.of(payload.path("id").asText())
                        : text(payload, "id");
        Optional<String> filter = text(payload, "filter");
        Optional<String> from = text(payload, "from");
        if (id.isPresent() && filter.isPresent()) {
            throw bad("Give either \"id\" or \"filter\", not both.");
        }
        String to =
                resource
                        + id.map(key -> '/' + percentEncoded(key)).orElse("")
                        + filter.map(conditions -> '?' + conditions).orElse("");
        return new SyncRequest(
                resource,
                to,
                from.map(SyncRequest::startFrom).orElse(StartFrom.now()),
                id.isEmpty() && filter.isEmpty() && from.isEmpty());
    }

    private static Optional<String> text(JsonNode payload, String field) {
        JsonNode value = payload.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual() || value.textValue().length() > MAX_TEXT) {
            throw bad("\"" + field + "\" must be a text of up to " + MAX_TEXT + " characters.");
        }
        return Optional.of(value.textValue());
    }

    private static StartFrom startFrom(String text) {
        return switch (text) {
            case "now" -> StartFrom.now();
            case "snapshot" -> StartFrom.snapshot();
            default -> StartFrom.after(Position.parse(text));
        };
    }

    private static String percentEncoded(String id) {
        return URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static SyncException bad(String message) {
        return new SyncException(ErrorCode.BAD_REQUEST, message);
    }
}
