package org.freelims.sync.server.socketio;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.freelims.sync.transport.Frame;
import org.freelims.sync.transport.FrameEncoding;

/**
 * Puts the hub's frames into Socket.IO events of one namespace, the frame's own JSON as the
 * argument. One instance a namespace, so that what many clients get is encoded once for all of
 * them.
 */
final class EventEncoding implements FrameEncoding<WirePacket> {
    private final String prefix;

    EventEncoding(String namespace) {
        this.prefix = "42" + SocketPackets.prefix(namespace) + '[';
    }

    @Override
    public WirePacket encode(Frame frame) {
        return encode(event(frame), frame.payload());
    }

    /** Returns the event with one argument, given as JSON. */
    WirePacket encode(String event, byte[] argument) {
        byte[] head = (prefix + SocketJson.quoted(event) + ',').getBytes(UTF_8);
        byte[] packet = new byte[head.length + argument.length + 1];
        System.arraycopy(head, 0, packet, 0, head.length);
        System.arraycopy(argument, 0, packet, head.length, argument.length);
        packet[packet.length - 1] = ']';
        return WirePacket.text(packet);
    }

    private static String event(Frame frame) {
        return switch (frame.kind()) {
            case NOTIFICATION -> frame.resource() + "_updated";
            case LEFT -> frame.resource() + "_left";
            case SNAPSHOT -> frame.resource() + "_snapshot";
            case RESYNC -> "resync";
            case HEARTBEAT -> "heartbeat";
            case ANSWER -> throw new IllegalArgumentException("answers are for one client each");
        };
    }
}
