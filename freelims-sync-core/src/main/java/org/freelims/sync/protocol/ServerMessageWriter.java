package org.freelims.sync.protocol;

import java.util.Iterator;
import java.util.Optional;

/** Server messages to JSON. Written by hand, so that a row's text goes into the frame as it is. */
final class ServerMessageWriter {
    private static final int FRAME_CHARS = 400;

    private ServerMessageWriter() {}

    static String write(ServerMessage message) {
        if (message instanceof ServerMessage.Notification m) {
            return notification(m);
        }
        StringBuilder json = new StringBuilder(FRAME_CHARS);
        if (message instanceof ServerMessage.Welcome m) {
            type(json, "welcome").append(",\"version\":").append(m.version());
            text(text(json, "session", m.session()), "position", m.position().toString());
            json.append(",\"heartbeatMs\":").append(m.heartbeatMs());
            json.append(",\"maxMessageBytes\":").append(m.maxMessageBytes());
        } else if (message instanceof ServerMessage.Authenticated m) {
            text(id(type(json, "authenticated"), m.id()), "principal", m.principal());
            textOrNull(json, "expiresAt", m.expiresAt().map(Object::toString));
        } else if (message instanceof ServerMessage.Subscribed m) {
            text(id(type(json, "subscribed"), m.id()), "to", m.to());
            text(json, "position", m.position().toString());
            m.next().ifPresent(next -> text(json, "next", next));
        } else if (message instanceof ServerMessage.SnapshotPage m) {
            snapshot(json, m);
        } else if (message instanceof ServerMessage.Left m) {
            text(text(type(json, "left"), "to", m.to()), "resource", m.resource());
            text(json, "id", m.id());
            m.position().ifPresent(position -> text(json, "position", position.toString()));
            m.prev().ifPresent(prev -> text(json, "prev", prev.toString()));
            m.tx().ifPresent(tx -> text(json, "tx", tx));
            txLast(json, m.txLast());
        } else if (message instanceof ServerMessage.Heartbeat m) {
            text(type(json, "heartbeat"), "position", m.position().toString());
        } else if (message instanceof ServerMessage.Resync m) {
            resync(json, m);
        } else if (message instanceof ServerMessage.Unsubscribed m) {
            text(id(type(json, "unsubscribed"), m.id()), "to", m.to());
        } else if (message instanceof ServerMessage.Pong m) {
            id(type(json, "pong"), m.id());
        } else if (message instanceof ServerMessage.Failed m) {
            text(id(type(json, "error"), m.id()), "code", m.code().name());
            text(json, "message", m.message());
        } else if (message instanceof ServerMessage.Closing m) {
            text(type(json, "closing"), "code", m.code().name());
            json.append(",\"reconnect\":").append(m.reconnect());
            json.append(",\"afterMs\":").append(m.afterMs());
        }
        return json.append('}').toString();
    }

    private static String notification(ServerMessage.Notification m) {
        StringBuilder json = new StringBuilder(FRAME_CHARS + m.data().length());
        text(text(type(json, "notification"), "to", m.to()), "resource", m.resource());
        text(text(json, "action", m.action().wire()), "id", m.id());
        json.append(",\"data\":").append(m.data());
        text(json, "position", m.position().toString());
        txLast(text(text(json, "prev", m.prev().toString()), "tx", m.tx()), m.txLast());
        text(json, "at", m.at().toString());
        textOrNull(textOrNull(json, "actor", m.actor()), "reason", m.reason());
        return json.append('}').toString();
    }

    private static void snapshot(StringBuilder json, ServerMessage.SnapshotPage m) {
        text(text(type(json, "snapshot"), "to", m.to()), "resource", m.resource());
        json.append(",\"rows\":[");
        for (Iterator<String> rows = m.rows().iterator(); rows.hasNext(); ) {
            json.append(rows.next());
            if (rows.hasNext()) {
                json.append(',');
            }
        }
        json.append("],\"last\":").append(m.last());
        text(json, "position", m.position().toString());
        m.next().ifPresent(next -> text(json, "next", next));
    }

    private static void resync(StringBuilder json, ServerMessage.Resync m) {
        text(text(id(type(json, "resync"), m.id()), "to", m.to()), "code", m.code().name());
        m.resource().ifPresent(resource -> text(json, "resource", resource));
        m.oldest().ifPresent(oldest -> text(json, "oldest", oldest.toString()));
        m.position().ifPresent(position -> text(json, "position", position.toString()));
        m.prev().ifPresent(prev -> text(json, "prev", prev.toString()));
    }

    private static StringBuilder type(StringBuilder json, String type) {
        return json.append("{\"type\":\"").append(type).append('"');
    }

    private static StringBuilder id(StringBuilder json, long id) {
        return id == ClientMessage.NO_ID ? json : json.append(",\"id\":").append(id);
    }

    private static StringBuilder txLast(StringBuilder json, boolean last) {
        return last ? json.append(",\"txLast\":true") : json;
    }

    private static StringBuilder text(StringBuilder json, String field, String value) {
        return Json.quote(json.append(",\"").append(field).append("\":"), value);
    }

    private static StringBuilder textOrNull(
            StringBuilder json, String field, Optional<String> value) {
        return value.isPresent()
                ? text(json, field, value.get())
                : json.append(",\"").append(field).append("\":null");
    }
}
