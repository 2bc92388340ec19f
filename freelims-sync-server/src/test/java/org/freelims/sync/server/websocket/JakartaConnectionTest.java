package org.freelims.sync.server.websocket;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.log.InMemoryChangeLog;
import org.freelims.sync.log.InMemoryChangeLog.Write;
import org.freelims.sync.server.tyrus.RawEnds;
import org.freelims.sync.transport.Connection;
import org.freelims.sync.transport.ConnectionContract;
import org.freelims.sync.transport.RecordingListener;
import org.glassfish.tyrus.container.grizzly.server.GrizzlyServerContainer;
import org.glassfish.tyrus.server.TyrusServerContainer;
import org.junit.jupiter.api.Test;

/** The portable endpoint in a container as it comes: Tyrus with its own Grizzly server. */
class JakartaConnectionTest extends ConnectionContract {
    @Override
    protected Ends open(long capBytes) {
        CompletableFuture<Connection> opened = new CompletableFuture<>();
        RecordingListener told = new RecordingListener();
        TyrusServerContainer container =
                start(
                        ServerEndpointConfig.Builder.create(SyncEndpoint.class, "/connection")
                                .configurator(
                                        new ServerEndpointConfig.Configurator() {
                                            @Override
                                            public <T> T getEndpointInstance(Class<T> type) {
                                                return type.cast(
                                                        new SyncEndpoint(
                                                                (connection, principal) -> {
                                                                    opened.complete(connection);
                                                                    return told;
                                                                },
                                                                principal -> Optional.empty(),
                                                                capBytes,
                                                                65536));
                                            }
                                        })
                                .build());
        return RawEnds.open(
                container.getPort(), "/connection", opened::join, told, container::stop);
    }

    private static TyrusServerContainer start(ServerEndpointConfig config) {
        TyrusServerContainer container =
                (TyrusServerContainer) new GrizzlyServerContainer().createContainer(Map.of());
        try {
            container.addEndpoint(config);
            container.start("", 0);
        } catch (DeploymentException | IOException e) {
            throw new IllegalStateException(e);
        }
        return container;
    }

    @Test
    @SuppressWarnings("JdkObsolete") // written and read by different threads
    void endpoint_withAHub_deliversChanges() {
        InMemoryChangeLog log = ChangeLog.inMemory(100);
        try (HubThreads threads = HubThreads.start();
                SyncHub hub =
                        SyncHub.builder().log(log).threads(threads).allowAnonymous(true).build()) {
            hub.start();
            TyrusServerContainer container = start(SyncEndpointConfig.of(hub).build());
            try {
                StringBuffer heard = new StringBuffer();
                WebSocket client =
                        HttpClient.newHttpClient()
                                .newWebSocketBuilder()
                                .subprotocols("freelims.sync.v1")
                                .buildAsync(
                                        URI.create(
                                                "ws://127.0.0.1:" + container.getPort() + "/sync"),
                                        new WebSocket.Listener() {
                                            @Override
                                            public CompletionStage<?> onText(
                                                    WebSocket from,
                                                    CharSequence text,
                                                    boolean last) {
                                                heard.append(text);
                                                from.request(1);
                                                return CompletableFuture.completedStage(null);
                                            }
                                        })
                                .join();
                assertEquals("freelims.sync.v1", client.getSubprotocol());
                client.sendText("{\"type\":\"subscribe\",\"id\":1,\"to\":\"inventory\"}", true)
                        .join();
                await().until(() -> heard.toString().contains("subscribed"));
                log.append(Write.create("inventory", "1", "{\"id\":1,\"name\":\"Äther\"}"));
                await().until(() -> heard.toString().contains("Äther"));
                client.abort();
            } finally {
                container.stop();
            }
        }
    }

    @Test
    void origin_ofAnotherPage_isRefused() {
        InMemoryChangeLog log = ChangeLog.inMemory(100);
        try (HubThreads threads = HubThreads.start();
                SyncHub hub = SyncHub.builder().log(log).threads(threads).build()) {
            ServerEndpointConfig config =
                    SyncEndpointConfig.of(hub)
                            .allowingOrigins("https://lims.example.org"::equals)
                            .build();
            assertTrue(config.getConfigurator().checkOrigin(""));
            assertTrue(config.getConfigurator().checkOrigin("https://lims.example.org"));
            assertFalse(config.getConfigurator().checkOrigin("https://evil.example.org"));
        }
    }
}
