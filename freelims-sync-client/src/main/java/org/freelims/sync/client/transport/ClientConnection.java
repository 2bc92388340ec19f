package org.freelims.sync.client.transport;

import org.freelims.sync.transport.CloseReason;

/**
 * One connection to a server. Implementations are thread-safe and never block.
 *
 * <p>Nothing is read from the server until {@link #request} asks for it: a client that can't keep
 * up stops asking, the socket's buffers fill, and the server holds back (rule 8).
 */
public interface ClientConnection {
    /**
     * Allows {@code messages} further text messages. While none is allowed, control frames may wait
     * as well.
     *
     * @throws IllegalArgumentException if {@code messages < 1}
     */
    void request(int messages);

    /** Sends a text message behind those sent before. After the end it is forgotten. */
    void send(String text);

    /**
     * Sends what was sent before, then a close frame; {@link ClientConnectionListener#onClosed}
     * follows when the server has answered it.
     */
    void close(CloseReason reason);

    /** Cuts the connection now and frees what it holds. Idempotent. Nothing need be told after. */
    void abort();
}
