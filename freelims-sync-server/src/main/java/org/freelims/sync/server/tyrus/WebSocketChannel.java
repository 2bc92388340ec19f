package org.freelims.sync.server.tyrus;

import org.freelims.sync.transport.CloseReason;

/**
 * An open WebSocket's way out. Thread-safe; no method blocks. Everything reaches the client by one
 * path with one write in flight, in this order: what the {@code send} methods were given, then what
 * the {@link WireSource} has. After the channel has ended, calls do nothing.
 *
 * <p>Pings, pongs and the closing handshake are the channel's own affair: a client that misses two
 * pings, and takes nothing of what waits for it either, is cut.
 */
public interface WebSocketChannel {
    /** Returns a name for logs, unique among the node's channels. */
    String id();

    /** Returns the client's IP address. */
    String remoteAddress();

    /**
     * Says where the bulk of what is sent comes from. It is asked at each {@link #flush} and after
     * each write, so that up to 64 KiB go out in one. Setting another takes the place of the first,
     * which is asked no more.
     */
    void source(WireSource source);

    /**
     * Writes what the source has, if no write is in flight: straight to the socket where it takes
     * it, on the calling thread, without blocking. What the socket does not take is written, and
     * the source asked for more, as the client reads.
     */
    void flush();

    /**
     * Queues a text message and writes it as {@link #flush} does. For few messages: a client that
     * lets a mebibyte of them queue up is cut.
     */
    void sendText(String text);

    /**
     * Queues a binary message and writes it as {@link #flush} does. For few messages: a client that
     * lets a mebibyte of them queue up is cut.
     */
    void sendBinary(byte[] data);

    /** Returns the bytes queued by {@code send} or taken from the source, and not yet written. */
    long pendingBytes();

    /**
     * Returns the bytes that the operating system has taken so far; it rises while the client
     * reads.
     */
    long writtenBytes();

    /**
     * Writes what was sent and what the source has, then a close frame, and closes once the client
     * has answered it; a client that does not in a few seconds is cut. Idempotent: the first reason
     * counts.
     */
    void close(CloseReason reason);

    /** Cuts the connection now and frees what it holds. Idempotent. */
    void terminate();
}
