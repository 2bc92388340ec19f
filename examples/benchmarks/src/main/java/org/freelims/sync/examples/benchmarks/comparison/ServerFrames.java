package org.freelims.sync.examples.benchmarks.comparison;

/**
 * Splits the bytes that a WebSocket server sends into frames; a frame may lie across reads.
 * Confined to the load generator's thread.
 */
final class ServerFrames {
    static final int TEXT = 1;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    /** Told of what is in the frames. */
    interface Listener {
        /** Part of a frame's payload, in {@code bytes[from, to)}, valid during the call. */
        void onPayload(int opcode, byte[] bytes, int from, int to);

        /** A frame has ended. */
        void onFrameEnd(int opcode);
    }

    private static final int LENGTH_16 = 126;
    private static final int LENGTH_64 = 127;

    private final Listener listener;
    private int headerBytes;
    private int lengthBytes;
    private int opcode;
    private long left;

    ServerFrames(Listener listener) {
        this.listener = listener;
    }

    void feed(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            if (headerBytes < 2 + lengthBytes) {
                header(bytes[at++] & 0xff);
            } else {
                int end = (int) Math.min(to, at + left);
                listener.onPayload(opcode, bytes, at, end);
                left -= end - at;
                at = end;
            }
            if (headerBytes == 2 + lengthBytes && left == 0) {
                headerBytes = 0;
                lengthBytes = 0;
                listener.onFrameEnd(opcode);
            }
        }
    }

    private void header(int next) {
        if (headerBytes == 0) {
            opcode = next & 0x0f;
        } else if (headerBytes == 1) {
            int length = next & 0x7f;
            lengthBytes = length == LENGTH_64 ? 8 : length == LENGTH_16 ? 2 : 0;
            left = lengthBytes == 0 ? length : 0;
        } else {
            left = left << 8 | next;
        }
        headerBytes++;
    }
}
