package org.freelims.sync.transport;

import java.util.List;

/**
 * One client's way out of the server: a bounded queue of frames and a socket behind it.
 * Implementations are thread-safe, never block, and pass {@code ConnectionContract}; {@link Outbox}
 * is the queue to build them on.
 *
 * <p>Frames reach the client in the order that {@link #offer} accepted them, each whole and once,
 * until the connection ends.
 */
public interface Connection {
    /** Returns a name for logs, unique among the node's connections. */
    String id();

    /** Returns where the client connects from, for logs and limits. */
    String remoteAddress();

    /**
     * Queues a frame. One that is {@linkplain Frame#droppable droppable} is refused while the queue
     * holds others and would go over its byte cap; the rest is always taken. After the connection
     * has ended a frame is taken and forgotten.
     *
     * @return whether it was taken
     */
    boolean offer(Frame frame);

    /** Starts to write what was offered, if nothing is being written. */
    void flush();

    /** Returns the bytes accepted and not yet handed to the operating system. */
    long pendingBytes();

    /** Returns the bytes handed to the operating system so far; it rises while the client reads. */
    long writtenBytes();

    /**
     * Takes back every droppable frame of which no byte has been written.
     *
     * @return them, in order
     */
    List<Frame> dropPending();

    /**
     * Asks for one {@link ConnectionListener#onDrained} as soon as at most {@code belowBytes} are
     * pending, which may be at once. A second call before it takes the place of the first.
     */
    void requestDrained(long belowBytes);

    /**
     * Writes what was accepted, then closes with this reason; a client that does not take it in a
     * few seconds is cut.
     */
    void close(CloseReason reason);

    /** Cuts the connection now and frees what it holds. Idempotent. */
    void terminate();
}
