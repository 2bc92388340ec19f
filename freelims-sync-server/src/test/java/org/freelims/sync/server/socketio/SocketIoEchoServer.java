package org.freelims.sync.server.socketio;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.freelims.sync.server.security.CorsPolicy;
import org.freelims.sync.transport.CloseReason;

/**
 * Socket.IO with the namespaces {@code /} and {@code /custom}: for conformance suites. It emits
 * {@code auth} with what came along with the CONNECT; in the main namespace it answers {@code
 * message} by {@code message-back}, and {@code message-with-ack} by an acknowledgement.
 */
final class SocketIoEchoServer implements SocketApplication {
    private static final Set<String> NAMESPACES = Set.of("/", "/custom");

    private SocketIoEchoServer() {}

    public static void main(String[] args) throws InterruptedException {
        try (FixtureServer server = start(args.length == 0 ? 3000 : Integer.parseInt(args[0]))) {
            server.serveForever();
        }
    }

    static FixtureServer start(int port) {
        return new FixtureServer(
                new SocketIoEndpoint(
                        FixtureServer.SETTINGS,
                        FixtureServer.CONNECT_TIMEOUT,
                        CorsPolicy.allowing(List.of("*")),
                        unused -> new SocketIoEchoServer()),
                port);
    }

    @Override
    public Optional<CompletionStage<Function<SocketConnection, Listener>>> connect(
            String namespace, EngineConnection.Client client, ObjectNode auth) {
        if (!NAMESPACES.contains(namespace)) {
            return Optional.empty();
        }
        return Optional.of(
                CompletableFuture.completedStage(
                        connection -> {
                            connection.emit("auth", List.of(auth));
                            return new Echo(connection);
                        }));
    }

    private record Echo(SocketConnection connection) implements Listener {
        @Override
        public void onEvent(SocketPacket.Event event) {
            if (!connection.namespace().equals("/")) {
                return;
            }
            if (event.name().equals("message")) {
                connection.emit("message-back", event.arguments());
            } else if (event.name().equals("message-with-ack")) {
                connection.acknowledge(event, event.arguments());
            }
        }

        @Override
        public void onClosed(CloseReason reason) {}
    }
}
