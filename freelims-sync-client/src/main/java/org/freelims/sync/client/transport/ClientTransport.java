package org.freelims.sync.client.transport;

import java.net.http.HttpClient;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;

/**
 * A way to connect to a server. Implementations are thread-safe, serve any number of clients, and
 * pass {@code ClientTransportContract}.
 */
@FunctionalInterface
public interface ClientTransport {
    /**
     * Starts to connect, and returns at once. The result fails with {@link ConnectFailedException}
     * and nothing else. Nothing is read before the first {@link ClientConnection#request}.
     * Cancelling the result gives up: a connection that comes about all the same is cut.
     */
    CompletableFuture<ClientConnection> connect(
            ConnectRequest request, ClientConnectionListener listener);

    /** Returns the JDK's own WebSocket on one {@link HttpClient} that all such transports share. */
    static ClientTransport jdk() {
        return JdkTransport.SHARED;
    }

    /**
     * Returns the JDK's own WebSocket on this client, which knows of proxies and certificates. It
     * must not follow redirects.
     */
    static ClientTransport jdk(HttpClient client) {
        return new JdkTransport(client);
    }

    /** Returns Tyrus on Grizzly: all such transports share its selector and worker threads. */
    static ClientTransport tyrus() {
        return new TyrusTransport(null);
    }

    /** Returns {@link #tyrus()} with certificates of one's own. */
    static ClientTransport tyrus(SSLContext ssl) {
        return new TyrusTransport(ssl);
    }
}
