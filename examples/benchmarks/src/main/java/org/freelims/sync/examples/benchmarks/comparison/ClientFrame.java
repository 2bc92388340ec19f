package org.freelims.sync.examples.benchmarks.comparison;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The frames that a client sends: short, whole, masked. */
final class ClientFrame {
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int PONG = 10;

    private static final int MASK = 0x01020304;
    private static final int SHORT_BYTES = 125;

    private ClientFrame() {}

    static byte[] of(int opcode, String text) {
        return of(opcode, text.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] of(int opcode, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 8);
        frame.put((byte) (0x80 | opcode));
        if (payload.length <= SHORT_BYTES) {
            frame.put((byte) (0x80 | payload.length));
        } else {
            frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
        }
        frame.putInt(MASK);
        for (int i = 0; i < payload.length; i++) {
            frame.put((byte) (payload[i] ^ (MASK >> (24 - i % 4 * 8))));
        }
        byte[] bytes = new byte[frame.position()];
        frame.flip().get(bytes);
        return bytes;
    }
}
