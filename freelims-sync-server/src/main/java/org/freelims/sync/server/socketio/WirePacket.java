package org.freelims.sync.server.socketio;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.freelims.sync.server.tyrus.WireFrames;

/**
 * One Engine.IO packet to a client, encoded once for all who get it and for both transports: a
 * whole WebSocket frame, whose payload is also what polling sends. Immutable.
 */
final class WirePacket {
    private static final byte BASE64_MARK = 'b';

    private final byte[] frame;
    private final int payloadAt;
    private final boolean binary;

    private WirePacket(byte[] frame, int payloadBytes, boolean binary) {
        this.frame = frame;
        this.payloadAt = frame.length - payloadBytes;
        this.binary = binary;
    }

    /** A text packet, its type digit included. */
    static WirePacket text(String packet) {
        return text(packet.getBytes(StandardCharsets.UTF_8));
    }

    /** A text packet as UTF-8, its type digit included. */
    static WirePacket text(byte[] utf8) {
        return new WirePacket(WireFrames.text(utf8), utf8.length, false);
    }

    /** A binary packet. */
    static WirePacket binary(byte[] data) {
        return new WirePacket(WireFrames.binary(data), data.length, true);
    }

    /** Returns the WebSocket frame, shared: not to be modified. */
    byte[] frame() {
        return frame;
    }

    /** Returns how many bytes the WebSocket frame has. */
    int size() {
        return frame.length;
    }

    /** Returns how many bytes {@link #appendTo} writes. */
    int polledSize() {
        int payload = frame.length - payloadAt;
        return binary ? 1 + (payload + 2) / 3 * 4 : payload;
    }

    /** Writes what polling sends for this packet; returns where it ends. */
    int appendTo(byte[] target, int at) {
        byte[] source = frame;
        int from = payloadAt;
        int to = at;
        if (binary) {
            source = Base64.getEncoder().encode(Arrays.copyOfRange(frame, payloadAt, frame.length));
            from = 0;
            target[to++] = BASE64_MARK;
        }
        System.arraycopy(source, from, target, to, source.length - from);
        return to + source.length - from;
    }
}
