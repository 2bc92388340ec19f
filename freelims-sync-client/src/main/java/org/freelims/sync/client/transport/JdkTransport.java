package org.freelims.sync.client.transport;

import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.freelims.sync.protocol.MessageCodec;

/** {@link ClientTransport} on {@code java.net.http}. */
final class JdkTransport implements ClientTransport {
    /** Made when first used; its threads are daemons. */
    static final ClientTransport SHARED = new JdkTransport(HttpClient.newHttpClient());

    private final HttpClient client;

    JdkTransport(HttpClient client) {
        this.client = client;
    }

    @Override
    public CompletableFuture<ClientConnection> connect(
            ConnectRequest request, ClientConnectionListener listener) {
        CompletableFuture<ClientConnection> result = new CompletableFuture<>();
        JdkConnection connection = new JdkConnection(listener);
        try {
            WebSocket.Builder builder =
                    client.newWebSocketBuilder()
                            .connectTimeout(request.timeout())
                            .subprotocols(MessageCodec.SUBPROTOCOL);
            request.headers().forEach(builder::header);
            var unused =
                    builder.buildAsync(request.uri(), connection)
                            .whenComplete(
                                    (socket, failure) -> {
                                        if (failure != null) {
                                            result.completeExceptionally(told(request, failure));
                                        } else if (!connection.isSync()) {
                                            connection.abort();
                                            result.completeExceptionally(notSync(request));
                                        } else if (!result.complete(connection)) {
                                            connection.abort();
                                        }
                                    });
        } catch (IllegalArgumentException e) {
            result.completeExceptionally(ConnectFailedException.of(request.uri(), e));
        }
        return result;
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

    private static ConnectFailedException told(ConnectRequest request, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof WebSocketHandshakeException handshake) {
            HttpResponse<?> response = handshake.getResponse();
            return ConnectFailedException.ofStatus(
                    request.uri(),
                    response.statusCode(),
                    response.headers().firstValue("Location"));
        }
        return ConnectFailedException.of(request.uri(), cause == null ? failure : cause);
    }
}
