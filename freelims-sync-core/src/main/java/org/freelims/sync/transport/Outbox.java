package org.freelims.sync.transport;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/*
 * Invariant: frames leave in the order offer() accepted them, and pendingBytes is the sum of the sizes of those queued
 * and those taken but not yet reported written.
 *
 * The lock guards every field and is never held while anything else is called, so a slow peer can't stall a publisher.
 * `writing` is true from a take() that returned frames to the written() that ends it: one write is in flight at a time.
 * A frame once taken is the writer's: dropPending() does not see it, so no frame is ever both written and given back.
 */
/**
 * The bounded queue between the hub, which offers, and a transport's writer, which takes.
 * Thread-safe; never blocks. Sizes are those of the payload, whatever the transport puts around it.
 */
public final class Outbox {
    private final long capBytes;
    private final ArrayDeque<Frame> queue = new ArrayDeque<>(2);
    private long pendingBytes;
    private long writtenBytes;
    private long inFlightBytes;
    private boolean writing;
    private boolean ended;
    private long drainedBelow = -1;

    /**
     * @param capBytes pending bytes above which droppable frames are refused
     * @throws IllegalArgumentException if {@code capBytes < 1}
     */
    public Outbox(long capBytes) {
        if (capBytes < 1) {
            throw new IllegalArgumentException("capBytes must be >= 1 but was " + capBytes);
        }
        this.capBytes = capBytes;
    }

    /** As {@link Connection#offer}. */
    public synchronized boolean offer(Frame frame) {
        if (ended) {
            return true;
        }
        if (frame.droppable() && pendingBytes > 0 && pendingBytes + frame.size() > capBytes) {
            return false;
        }
        queue.add(frame);
        pendingBytes += frame.size();
        return true;
    }

    /**
     * Takes the next frames to write as one: at least one if any is queued, and no more than {@code
     * maxBytes} together otherwise. Empty if there are none or a write is in flight; if not empty,
     * a write is in flight until {@link #written}.
     */
    public List<Frame> take(int maxBytes) {
        List<Frame> batch = new ArrayList<>();
        take(maxBytes, batch);
        return batch;
    }

    /**
     * As {@link #take(int)}, into a list that the caller keeps. Returns how many bytes were taken;
     * 0 if none.
     */
    public synchronized long take(int maxBytes, List<Frame> into) {
        if (writing || queue.isEmpty()) {
            return 0;
        }
        long bytes = 0;
        for (Frame next = queue.peek();
                next != null && (bytes == 0 || bytes + next.size() <= maxBytes);
                next = queue.peek()) {
            into.add(next);
            queue.remove();
            bytes += next.size();
        }
        writing = true;
        inFlightBytes = bytes;
        return bytes;
    }

    /**
     * Adds the next frame to the write in flight, if there is one of up to {@code maxBytes}; for a
     * writer that learns only frame by frame how many it can take. Returns whether it did.
     */
    public synchronized boolean takeAlso(int maxBytes, List<Frame> into) {
        Frame next = queue.peek();
        if (!writing || next == null || next.size() > maxBytes) {
            return false;
        }
        queue.remove();
        into.add(next);
        inFlightBytes += next.size();
        return true;
    }

    /**
     * Ends the write in flight: all that was taken is with the operating system.
     *
     * @return whether more is queued, so that the writer should take again
     */
    public synchronized boolean written() {
        writing = false;
        pendingBytes -= inFlightBytes;
        writtenBytes += inFlightBytes;
        inFlightBytes = 0;
        return !queue.isEmpty();
    }

    /** Returns whether frames are queued and no write is in flight. */
    public synchronized boolean needsWriter() {
        return !writing && !queue.isEmpty();
    }

    /** As {@link Connection#dropPending}. */
    public synchronized List<Frame> dropPending() {
        List<Frame> dropped = new ArrayList<>();
        for (Iterator<Frame> all = queue.iterator(); all.hasNext(); ) {
            Frame frame = all.next();
            if (frame.droppable()) {
                all.remove();
                pendingBytes -= frame.size();
                dropped.add(frame);
            }
        }
        return dropped;
    }

    /**
     * As {@link Connection#requestDrained}; the transport asks {@link #pollDrained} then and after
     * each write.
     */
    public synchronized void requestDrained(long belowBytes) {
        drainedBelow = Math.max(0, belowBytes);
    }

    /**
     * Returns true once for each request, when it is met; the transport then calls {@code
     * onDrained}.
     */
    public synchronized boolean pollDrained() {
        if (drainedBelow < 0 || pendingBytes > drainedBelow || ended) {
            return false;
        }
        drainedBelow = -1;
        return true;
    }

    /** Forgets all that is queued and takes no more: the connection has ended. */
    public synchronized void end() {
        ended = true;
        queue.clear();
        pendingBytes = inFlightBytes;
    }

    /** As {@link Connection#pendingBytes}. */
    public synchronized long pendingBytes() {
        return pendingBytes;
    }

    /** As {@link Connection#writtenBytes}. */
    public synchronized long writtenBytes() {
        return writtenBytes;
    }
}
