package org.freelims.sync.client.transport;

import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.DeploymentException;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.freelims.sync.protocol.MessageCodec;
import org.glassfish.grizzly.threadpool.ThreadPoolConfig;
import org.glassfish.tyrus.client.ClientManager;
import org.glassfish.tyrus.client.ClientProperties;
import org.glassfish.tyrus.container.grizzly.client.GrizzlyClientProperties;
import org.jspecify.annotations.Nullable;

/**
 * {@link ClientTransport} on Tyrus and Grizzly. Connecting blocks in Tyrus, so it is done on
 * threads of its own, which end when there is nothing to connect.
 */
final class TyrusTransport implements ClientTransport {
    private static final int INCOMING_BUFFER_BYTES = 4 << 20;
    private static final int SHARED_IDLE_SECONDS = 5;
    private static final int KEEP_ALIVE_SECONDS = 30;

    private static final ExecutorService CONNECTING =
            Executors.newCachedThreadPool(
                    task -> {
                        Thread thread = new Thread(task, "freelims-sync-tyrus-connect");
                        thread.setDaemon(true);
                        return thread;
                    });

    private final @Nullable SSLContext ssl;

    TyrusTransport(@Nullable SSLContext ssl) {
        this.ssl = ssl;
    }

    @Override
    public CompletableFuture<ClientConnection> connect(
            ConnectRequest request, ClientConnectionListener listener) {
        CompletableFuture<ClientConnection> result = new CompletableFuture<>();
        CONNECTING.execute(() -> connect(request, listener, result));
        return result;
    }

    private void connect(
            ConnectRequest request,
            ClientConnectionListener listener,
            CompletableFuture<ClientConnection> result) {
        TyrusConnection connection = new TyrusConnection(listener);
        try {
            clientManager(request)
                    .connectToServer(connection, config(request, connection), request.uri());
            if (!connection.isSync()) {
                connection.abort();
                result.completeExceptionally(notSync(request));
            } else if (!result.complete(connection)) {
                connection.abort();
            }
        } catch (DeploymentException | IOException | RuntimeException e) {
            connection.abort();
            result.completeExceptionally(
                    connection
                            .refusal()
                            .map(
                                    r ->
                                            ConnectFailedException.ofStatus(
                                                    request.uri(), r.status(), r.location()))
                            .orElseGet(() -> ConnectFailedException.of(request.uri(), e)));
        }
    }

    private static ClientManager clientManager(ConnectRequest request) {
        ClientManager manager = ClientManager.createClient(WatchedContainer.class.getName());
        Map<String, Object> properties = manager.getProperties();
        properties.put(ClientProperties.SHARED_CONTAINER, true);
        properties.put(ClientProperties.SHARED_CONTAINER_IDLE_TIMEOUT, SHARED_IDLE_SECONDS);
        properties.put(ClientProperties.HANDSHAKE_TIMEOUT, (int) request.timeout().toMillis());
        properties.put(ClientProperties.INCOMING_BUFFER_SIZE, INCOMING_BUFFER_BYTES);
        properties.put(GrizzlyClientProperties.WORKER_THREAD_POOL_CONFIG, workers());
        return manager;
    }

    /**
     * A client that reads nothing because it can't keep up holds a worker until it does; so there
     * are as many as it takes, and idle ones end.
     */
    private static ThreadPoolConfig workers() {
        return ThreadPoolConfig.defaultConfig()
                .copy()
                .setPoolName("freelims-sync-tyrus")
                .setDaemon(true)
                .setCorePoolSize(1)
                .setMaxPoolSize(Integer.MAX_VALUE)
                .setKeepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS);
    }

    private ClientEndpointConfig config(ConnectRequest request, TyrusConnection connection) {
        ClientEndpointConfig.Builder builder =
                ClientEndpointConfig.Builder.create()
                        .preferredSubprotocols(List.of(MessageCodec.SUBPROTOCOL))
                        .configurator(new Headers(request.headers()));
        if (ssl != null) {
            builder.sslContext(ssl);
        }
        ClientEndpointConfig config = builder.build();
        config.getUserProperties().put(WatchedContainer.CONNECTION, connection);
        return config;
    }

    private static ConnectFailedException notSync(ConnectRequest request) {
        return new ConnectFailedException(
                ConnectFailedException.Kind.NOT_SYNC,
                request.uri()
                        + " speaks another WebSocket protocol than "
                        + MessageCodec.SUBPROTOCOL
                        + ". Check host, port and path.",
                null);
    }

    private static final class Headers extends ClientEndpointConfig.Configurator {
        private final Map<String, List<String>> headers = new HashMap<>();

        Headers(Map<String, String> headers) {
            headers.forEach((name, value) -> this.headers.put(name, List.of(value)));
        }

        @Override
        public void beforeRequest(Map<String, List<String>> request) {
            request.putAll(headers);
        }
    }
}
