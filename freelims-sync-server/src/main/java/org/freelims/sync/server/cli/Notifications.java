package org.freelims.sync.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.freelims.sync.protocol.ServerMessage.Notification;

/**
 * How notifications are shown: as FreeLIMS' clients get them, with what more is known beside it.
 */
final class Notifications {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Notifications() {}

    /** The three fields every FreeLIMS client knows: action, resource, data. */
    static ObjectNode payload(Notification notification) {
        ObjectNode payload = JSON.createObjectNode();
        payload.put("action", notification.action().name().toLowerCase(Locale.ROOT));
        payload.put("resource", notification.resource());
        payload.set("data", data(notification));
        return payload;
    }

    /** The payload and the rest: record, place in the history, transaction, time, who and why. */
    static ObjectNode complete(Notification notification) {
        ObjectNode complete = payload(notification);
        complete.put("id", notification.id());
        complete.put("position", notification.position().toString());
        complete.put("tx", notification.tx());
        complete.put("at", notification.at().toString());
        notification.actor().ifPresent(actor -> complete.put("actor", actor));
        notification.reason().ifPresent(reason -> complete.put("reason", reason));
        return complete;
    }

    static JsonNode data(Notification notification) {
        try {
            return JSON.readTree(notification.data());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the server sent data that is no JSON", e);
        }
    }
}
