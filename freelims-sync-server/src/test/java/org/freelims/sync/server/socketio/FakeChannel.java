package org.freelims.sync.server.socketio;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.freelims.sync.server.tyrus.WebSocketChannel;
import org.freelims.sync.server.tyrus.WireSource;
import org.freelims.sync.transport.CloseReason;
import org.jspecify.annotations.Nullable;

/** A WebSocket whose client reads everything at once, unless {@link #stalled}. */
final class FakeChannel implements WebSocketChannel {
    final List<String> sent = new ArrayList<>();
    @Nullable CloseReason closed;
    boolean terminated;
    boolean stalled;
    long pending;
    long written;
    private @Nullable WireSource source;

    @Override
    public String id() {
        return "fake";
    }

    @Override
    public String remoteAddress() {
        return "192.0.2.1";
    }

    @Override
    public void source(WireSource newSource) {
        source = newSource;
    }

    @Override
    public void flush() {
        WireSource from = source;
        if (from == null || closed != null || stalled) {
            return;
        }
        while (from.take(
                new WireSource.Batch() {
                    @Override
                    public void add(byte[] frames) {
                        sent.add(decoded(frames));
                    }

                    @Override
                    public int room() {
                        return 1 << 16;
                    }
                })) {
            from.written();
        }
    }

    /** Returns a text frame's text, or {@code b:} and the bytes of a binary frame. */
    private static String decoded(byte[] frame) {
        ByteBuffer buffer = ByteBuffer.wrap(frame);
        boolean text = (buffer.get() & 0xFF) == 0x81;
        int length = buffer.get();
        if (length == 126) {
            length = buffer.getShort() & 0xFFFF;
        } else if (length == 127) {
            length = (int) buffer.getLong();
        }
        byte[] payload = new byte[length];
        buffer.get(payload);
        return text
                ? new String(payload, StandardCharsets.UTF_8)
                : "b:" + java.util.Arrays.toString(payload);
    }

    @Override
    public void sendText(String text) {
        sent.add(text);
    }

    @Override
    public void sendBinary(byte[] data) {
        throw new UnsupportedOperationException("all goes by the source");
    }

    @Override
    public long pendingBytes() {
        return pending;
    }

    @Override
    public long writtenBytes() {
        return written;
    }

    @Override
    public void close(CloseReason reason) {
        if (closed == null) {
            flush();
            closed = reason;
        }
    }

    @Override
    public void terminate() {
        terminated = true;
    }
}
