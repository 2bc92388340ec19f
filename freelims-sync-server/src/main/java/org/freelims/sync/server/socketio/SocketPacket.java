package org.freelims.sync.server.socketio;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * One Socket.IO 5 packet as a client sends it, its attachments in their places as binary nodes.
 * Immutable as long as nobody modifies the JSON nodes, which nobody may.
 */
sealed interface SocketPacket {
    /** The {@code ackId} of an event that asks for no acknowledgement. */
    long NO_ACK = -1;

    /** Returns the namespace it is for; {@code /} is the main one. */
    String namespace();

    /** {@code 0}: asks to join the namespace; {@code auth} is empty if none was sent. */
    record Connect(String namespace, ObjectNode auth) implements SocketPacket {}

    /** {@code 1}: leaves the namespace. */
    record Disconnect(String namespace) implements SocketPacket {}

    /** {@code 2} or {@code 5}: something happened. */
    record Event(String namespace, long ackId, String name, List<JsonNode> arguments)
            implements SocketPacket {
        public Event {
            arguments = List.copyOf(arguments);
        }
    }

    /** {@code 3} or {@code 6}: the answer to an event. */
    record Ack(String namespace, long ackId, List<JsonNode> arguments) implements SocketPacket {
        public Ack {
            arguments = List.copyOf(arguments);
        }
    }
}
