package org.freelims.sync.server.tyrus;

import java.nio.charset.StandardCharsets;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.FrameEncoding;

/**
 * A server's WebSocket frames as they are on the wire (RFC 6455, section 5.2): final and unmasked,
 * so the same bytes serve every client.
 */
public final class WireFrames {
    private static final int TEXT = 0x81;
    private static final int BINARY = 0x82;
    private static final int CLOSE = 0x88;
    private static final int PING = 0x89;

    /** The protocol's JSON messages as text frames. */
    static final FrameEncoding<byte[]> JSON = frame -> text(frame.payload());

    private WireFrames() {}

    /** Returns a text frame; {@code utf8} must be valid UTF-8. */
    public static byte[] text(byte[] utf8) {
        return frame(TEXT, utf8);
    }

    /** Returns a text frame. */
    public static byte[] text(String text) {
        return frame(TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns a binary frame. */
    public static byte[] binary(byte[] data) {
        return frame(BINARY, data);
    }

    static byte[] ping(byte[] data) {
        return frame(PING, data);
    }

    static byte[] close(CloseReason reason) {
        byte[] text = fitting(reason.text()).getBytes(StandardCharsets.UTF_8);
        byte[] payload = new byte[2 + text.length];
        payload[0] = (byte) (reason.code() >> 8);
        payload[1] = (byte) reason.code();
        System.arraycopy(text, 0, payload, 2, text.length);
        return frame(CLOSE, payload);
    }

    /** Returns as much of the text as a close frame holds. */
    static String fitting(String text) {
        String shorter = text;
        while (shorter.getBytes(StandardCharsets.UTF_8).length > 123) {
            shorter = shorter.substring(0, shorter.offsetByCodePoints(shorter.length(), -1));
        }
        return shorter;
    }

    private static byte[] frame(int first, byte[] payload) {
        int length = payload.length;
        int header = length < 126 ? 2 : length < 65536 ? 4 : 10;
        byte[] wire = new byte[header + length];
        wire[0] = (byte) first;
        if (header == 2) {
            wire[1] = (byte) length;
        } else if (header == 4) {
            wire[1] = 126;
            wire[2] = (byte) (length >> 8);
            wire[3] = (byte) length;
        } else {
            wire[1] = 127; // the upper four of eight length bytes stay zero
            wire[6] = (byte) (length >> 24);
            wire[7] = (byte) (length >> 16);
            wire[8] = (byte) (length >> 8);
            wire[9] = (byte) length;
        }
        System.arraycopy(payload, 0, wire, header, length);
        return wire;
    }
}
