package org.freelims.sync.protocol;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;

/** Client messages to JSON and back. */
final class ClientMessageJson {
    private static final int QUOTED_CHARS = 40;

    private ClientMessageJson() {}

    static String write(ClientMessage message) {
        StringBuilder json = new StringBuilder(96).append("{\"type\":");
        if (message instanceof ClientMessage.Authenticate m) {
            Json.quote(
                    id(json.append("\"authenticate\""), m.id()).append(",\"token\":"), m.token());
        } else if (message instanceof ClientMessage.Subscribe m) {
            Json.quote(id(json.append("\"subscribe\""), m.id()).append(",\"to\":"), m.to());
            Json.quote(json.append(",\"from\":"), m.from().toString());
            if (m.from() instanceof StartFrom.SnapshotBehind behind) {
                Json.quote(json.append(",\"next\":"), behind.next());
            }
        } else if (message instanceof ClientMessage.Unsubscribe m) {
            Json.quote(id(json.append("\"unsubscribe\""), m.id()).append(",\"to\":"), m.to());
        } else if (message instanceof ClientMessage.Ping m) {
            id(json.append("\"ping\""), m.id());
        } else {
            throw new IllegalArgumentException("an unreadable message can't be sent");
        }
        return json.append('}').toString();
    }

    private static StringBuilder id(StringBuilder json, long id) {
        return id == ClientMessage.NO_ID ? json : json.append(",\"id\":").append(id);
    }

    static ClientMessage read(String text) {
        JsonNode node;
        try {
            node = Json.CLIENT.readTree(text);
        } catch (JsonProcessingException e) {
            return unreadable(
                    ClientMessage.NO_ID,
                    ErrorCode.MALFORMED,
                    "This is not JSON. Send one JSON object in each text message.");
        }
        if (!node.isObject()) {
            return unreadable(
                    ClientMessage.NO_ID,
                    ErrorCode.MALFORMED,
                    "This is JSON but no object. Send one JSON object in each text message.");
        }
        JsonNode id = node.get("id");
        if (id == null || id.isNull()) {
            return read(ClientMessage.NO_ID, node);
        }
        if (!id.isIntegralNumber()
                || !id.canConvertToLong()
                || id.longValue() < 0
                || id.longValue() > ClientMessage.MAX_ID) {
            return unreadable(
                    ClientMessage.NO_ID,
                    ErrorCode.BAD_REQUEST,
                    "\"id\" must be a whole number from 0 to 9007199254740991.");
        }
        return read(id.longValue(), node);
    }

    private static ClientMessage read(long id, JsonNode node) {
        try {
            String type = text(node, "type");
            return switch (type) {
                case "authenticate" -> new ClientMessage.Authenticate(id, text(node, "token"));
                case "subscribe" -> new ClientMessage.Subscribe(id, text(node, "to"), from(node));
                case "unsubscribe" -> new ClientMessage.Unsubscribe(id, text(node, "to"));
                case "ping" -> new ClientMessage.Ping(id);
                default ->
                        unreadable(
                                id,
                                ErrorCode.UNKNOWN_TYPE,
                                String.format(
                                        Locale.ROOT,
                                        "No message has the type %s. There are authenticate,"
                                                + " subscribe, unsubscribe and ping.",
                                        shortened(type)));
            };
        } catch (SyncException e) {
            return unreadable(id, e.code(), e.getMessage());
        }
    }

    private static StartFrom from(JsonNode node) {
        JsonNode from = node.get("from");
        if (from == null) {
            return StartFrom.now();
        }
        String text = text(node, "from");
        return switch (text) {
            case "now" -> StartFrom.now();
            case "snapshot" ->
                    node.hasNonNull("next")
                            ? StartFrom.snapshotBehind(text(node, "next"))
                            : StartFrom.snapshot();
            default -> StartFrom.after(Position.parse(text));
        };
    }

    private static String text(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null || !value.isTextual()) {
            throw new SyncException(
                    ErrorCode.BAD_REQUEST,
                    "\""
                            + field
                            + "\" "
                            + (value == null ? "is missing" : "is no text")
                            + ". Give it as a JSON string.");
        }
        return value.textValue();
    }

    private static String shortened(String text) {
        return Json.quote(
                        new StringBuilder(),
                        text.length() <= QUOTED_CHARS
                                ? text
                                : text.substring(0, QUOTED_CHARS) + "...")
                .toString();
    }

    private static ClientMessage unreadable(long id, ErrorCode code, String message) {
        return new ClientMessage.Unreadable(id, code, message);
    }
}
