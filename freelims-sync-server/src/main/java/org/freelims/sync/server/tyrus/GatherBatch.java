package org.freelims.sync.server.tyrus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * What goes out in one write: frames gathered from a source, copied into a direct buffer of the
 * thread's own, since one copy and one call cost less than handing the socket many buffers.
 * Confined to a thread.
 */
final class GatherBatch implements WireSource.Batch {
    /** What one write gathers at most, unless a single frame is longer. */
    static final int GATHER_BYTES = 64 * 1024;

    private static final ThreadLocal<GatherBatch> OF_THREAD =
            ThreadLocal.withInitial(GatherBatch::new);

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(GATHER_BYTES);
    private final List<byte[]> frames = new ArrayList<>();
    private boolean borrowed;
    private int bytes;
    private int index; // where the next unwritten byte is: which frame,
    private int offset; // and where in it

    private GatherBatch() {}

    /** Returns an empty batch, to be given back by {@link #release}. */
    static GatherBatch borrow() {
        GatherBatch batch = OF_THREAD.get();
        if (batch.borrowed) {
            batch = new GatherBatch(); // a source that flushes another channel: rare, but may be
        }
        batch.borrowed = true;
        return batch;
    }

    void release() {
        clear();
        borrowed = false;
    }

    void clear() {
        frames.clear();
        bytes = 0;
        index = 0;
        offset = 0;
    }

    @Override
    public void add(byte[] frame) {
        if (frame.length > 0) {
            frames.add(frame);
            bytes += frame.length;
        }
    }

    @Override
    public int room() {
        return Math.max(0, GATHER_BYTES - bytes);
    }

    int bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return bytes == 0;
    }

    /**
     * Writes until all is written or the socket takes no more.
     *
     * @return how many bytes were written
     */
    long writeTo(SocketChannel socket) throws IOException {
        long total = 0;
        while (index < frames.size()) {
            fill();
            int filled = buffer.remaining();
            int written = socket.write(buffer);
            advance(written);
            total += written;
            if (written < filled) {
                return total;
            }
        }
        return total;
    }

    private void fill() {
        buffer.clear();
        int from = offset;
        for (int i = index; i < frames.size() && buffer.hasRemaining(); i++) {
            byte[] frame = frames.get(i);
            buffer.put(frame, from, Math.min(frame.length - from, buffer.remaining()));
            from = 0;
        }
        buffer.flip();
    }

    private void advance(int written) {
        int left = written;
        while (left > 0) {
            int ofFrame = frames.get(index).length - offset;
            if (left < ofFrame) {
                offset += left;
                return;
            }
            left -= ofFrame;
            index++;
            offset = 0;
        }
    }

    /** Returns what is not written yet, to be gone on with by {@link #resume}. */
    Rest rest() {
        return new Rest(List.copyOf(frames.subList(index, frames.size())), offset);
    }

    void resume(Rest rest) {
        clear();
        rest.frames().forEach(this::add);
        offset = rest.offset();
    }

    /** Takes up to so many bytes off, as a copy. */
    byte[] takeCopy(int maxBytes) {
        int size = 0;
        int from = offset;
        for (int i = index; i < frames.size() && size < maxBytes; i++) {
            size += frames.get(i).length - from;
            from = 0;
        }
        byte[] copy = new byte[Math.min(size, maxBytes)];
        int at = 0;
        from = offset;
        for (int i = index; at < copy.length; i++) {
            byte[] frame = frames.get(i);
            int part = Math.min(frame.length - from, copy.length - at);
            System.arraycopy(frame, from, copy, at, part);
            at += part;
            from = 0;
        }
        advance(copy.length);
        return copy;
    }

    boolean allWritten() {
        return index == frames.size();
    }

    /** Frames, the first of which is written up to an offset. */
    record Rest(List<byte[]> frames, int offset) {}
}
