package org.freelims.sync.server.tyrus;

/**
 * Told of handshakes that were refused. Calls come on the threads that read: they must return at
 * once.
 */
@FunctionalInterface
public interface RefusalListener {
    /**
     * A handshake was refused.
     *
     * @param remoteAddress the peer's IP address
     * @param status the HTTP status that it was answered with
     */
    void refused(String remoteAddress, int status);
}
