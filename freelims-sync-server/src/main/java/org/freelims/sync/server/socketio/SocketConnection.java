package org.freelims.sync.server.socketio;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.freelims.sync.transport.CloseReason;

/** One client in one namespace, as the application holds it. Thread-safe; no method blocks. */
final class SocketConnection {
    private final String id;
    private final String namespace;
    private final EngineConnection session;
    private final Runnable left;
    private final AtomicBoolean joined = new AtomicBoolean(true);

    /**
     * @param id the client's name in this namespace
     * @param left takes the client out of the namespace
     */
    SocketConnection(String id, String namespace, EngineConnection session, Runnable left) {
        this.id = requireNonNull(id, "id");
        this.namespace = requireNonNull(namespace, "namespace");
        this.session = requireNonNull(session, "session");
        this.left = requireNonNull(left, "left");
    }

    String id() {
        return id;
    }

    String namespace() {
        return namespace;
    }

    EngineConnection session() {
        return session;
    }

    /** Sends the client an event, before anything that its sources hold. */
    void emit(String event, List<JsonNode> arguments) {
        List<JsonNode> content = new ArrayList<>(arguments.size() + 1);
        content.add(TextNode.valueOf(event));
        content.addAll(arguments);
        session.send(SocketPackets.event(namespace, content));
    }

    /** Answers an event that asks for it; does nothing for one that does not. */
    void acknowledge(SocketPacket.Event event, List<JsonNode> arguments) {
        if (event.ackId() != SocketPacket.NO_ACK) {
            session.send(SocketPackets.ack(namespace, event.ackId(), arguments));
        }
    }

    /** Takes the client out of the namespace and tells it so; it does not come back by itself. */
    void disconnect() {
        if (joined.compareAndSet(true, false)) {
            session.turn(unused -> left.run());
        }
    }

    /** Sends what is left, then closes the session: the client connects again by itself. */
    void closeSession(CloseReason reason) {
        session.close(reason);
    }
}
