package org.freelims.sync.protocol;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * JSON to server messages. Rows are cut out of the text as they stand, neither parsed nor written
 * again.
 */
final class ServerMessageReader {
    private final String text;
    private final Map<String, String> fields = new HashMap<>();
    private List<String> rows = List.of();

    private ServerMessageReader(String text) {
        this.text = text;
    }

    static Optional<ServerMessage> read(String text) {
        ServerMessageReader reader = new ServerMessageReader(text);
        try {
            reader.readFields();
            return reader.message();
        } catch (IOException | DateTimeException | IllegalArgumentException | SyncException e) {
            throw new SyncException(
                    ErrorCode.MALFORMED,
                    "The server sent something that is no message of the sync protocol.",
                    e);
        }
    }

    private void readFields() throws IOException {
        try (JsonParser json = Json.ROWS.createParser(text)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("not a JSON object");
            }
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                JsonToken token = json.nextToken();
                if (token == JsonToken.START_ARRAY && name.equals("rows")) {
                    rows = new ArrayList<>();
                    while (json.nextToken() != JsonToken.END_ARRAY) {
                        rows.add(Json.slice(json, text));
                    }
                } else if (token.isStructStart()) {
                    fields.put(name, Json.slice(json, text));
                } else if (token != JsonToken.VALUE_NULL) {
                    fields.put(name, json.getText());
                }
            }
            if (json.nextToken() != null) {
                throw new IllegalArgumentException("something follows the JSON object");
            }
        }
    }

    private Optional<ServerMessage> message() {
        return Optional.ofNullable(
                switch (need("type")) {
                    case "welcome" ->
                            new ServerMessage.Welcome(
                                    Integer.parseInt(need("version")),
                                    need("session"),
                                    position("position"),
                                    Long.parseLong(need("heartbeatMs")),
                                    Long.parseLong(need("maxMessageBytes")));
                    case "authenticated" ->
                            new ServerMessage.Authenticated(
                                    id(),
                                    need("principal"),
                                    maybe("expiresAt").map(Instant::parse));
                    case "subscribed" ->
                            new ServerMessage.Subscribed(
                                    id(), need("to"), position("position"), maybe("next"));
                    case "snapshot" ->
                            new ServerMessage.SnapshotPage(
                                    need("to"),
                                    need("resource"),
                                    rows,
                                    Boolean.parseBoolean(need("last")),
                                    position("position"),
                                    maybe("next"));
                    case "notification" -> notification();
                    case "left" ->
                            new ServerMessage.Left(
                                    need("to"),
                                    need("resource"),
                                    need("id"),
                                    maybe("position").map(Position::parse),
                                    maybe("prev").map(Position::parse),
                                    maybe("tx"),
                                    txLast());
                    case "heartbeat" -> new ServerMessage.Heartbeat(position("position"));
                    case "resync" ->
                            new ServerMessage.Resync(
                                    id(),
                                    need("to"),
                                    ErrorCode.valueOf(need("code")),
                                    maybe("resource"),
                                    maybe("oldest").map(Position::parse),
                                    maybe("position").map(Position::parse),
                                    maybe("prev").map(Position::parse));
                    case "unsubscribed" -> new ServerMessage.Unsubscribed(id(), need("to"));
                    case "pong" -> new ServerMessage.Pong(id());
                    case "error" ->
                            new ServerMessage.Failed(id(), code(), maybe("message").orElse(""));
                    case "closing" ->
                            new ServerMessage.Closing(
                                    code(),
                                    Boolean.parseBoolean(need("reconnect")),
                                    Long.parseLong(need("afterMs")));
                    default -> unknown();
                });
    }

    private static @Nullable ServerMessage unknown() {
        return null;
    }

    private ServerMessage notification() {
        return new ServerMessage.Notification(
                need("to"),
                need("resource"),
                Action.ofWire(need("action")),
                need("id"),
                need("data"),
                position("position"),
                position("prev"),
                need("tx"),
                txLast(),
                Instant.parse(need("at")),
                maybe("actor"),
                maybe("reason"));
    }

    private boolean txLast() {
        return maybe("txLast").map(Boolean::parseBoolean).orElse(false);
    }

    private long id() {
        return maybe("id").map(Long::parseLong).orElse(ClientMessage.NO_ID);
    }

    /**
     * A code of a later version is one this client can't act on by itself: it is told as INTERNAL.
     */
    private ErrorCode code() {
        String name = need("code");
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(name)) {
                return code;
            }
        }
        return ErrorCode.INTERNAL;
    }

    private Position position(String field) {
        return Position.parse(need(field));
    }

    private Optional<String> maybe(String field) {
        return Optional.ofNullable(fields.get(field));
    }

    private String need(String field) {
        String value = fields.get(field);
        if (value == null) {
            throw new IllegalArgumentException("\"" + field + "\" is missing");
        }
        return value;
    }
}
