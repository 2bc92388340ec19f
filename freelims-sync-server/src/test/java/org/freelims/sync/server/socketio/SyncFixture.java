package org.freelims.sync.server.socketio;

import java.time.Duration;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.Authenticator;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.log.InMemoryChangeLog;
import org.freelims.sync.server.security.CorsPolicy;
import org.freelims.sync.server.tyrus.ConnectionLimits;
import org.freelims.sync.server.tyrus.SyncServer;
import org.freelims.sync.server.tyrus.SyncServerBuilder;

/** The real hub and port with Socket.IO for anonymous clients, over a log in memory. */
final class SyncFixture implements AutoCloseable {
    final InMemoryChangeLog log = ChangeLog.inMemory(10_000);
    final SocketIoEndpoint endpoint;
    final SyncServer server;
    private final HubThreads threads = HubThreads.start();

    private SyncFixture(EngineSettings settings) {
        SyncHub hub =
                SyncHub.builder()
                        .log(log)
                        .snapshots(log)
                        .threads(threads)
                        .allowAnonymous(true)
                        .build();
        hub.start();
        endpoint =
                new SocketIoEndpoint(
                        settings,
                        Duration.ofSeconds(45),
                        CorsPolicy.sameOriginOnly(),
                        blocking ->
                                new SyncNamespaces(
                                        hub, Authenticator.none(), true, 1 << 20, blocking));
        SyncServerBuilder builder =
                SyncServer.builder()
                        .port(0)
                        .hub(hub)
                        .limits(ConnectionLimits.defaults().withConnections(20_000, 20_000));
        server = endpoint.mountOn(builder).build().start();
    }

    static SyncFixture start() {
        return start(EngineSettings.DEFAULTS);
    }

    static SyncFixture start(EngineSettings settings) {
        return new SyncFixture(settings);
    }

    int port() {
        return server.port();
    }

    /** Commits a change of {@code inventory}. */
    void change(String note) {
        log.append(
                InMemoryChangeLog.Write.update(
                        "inventory", "1", "{\"id\":1,\"batch_number\":\"" + note + "\"}", "{}"));
    }

    TestClient client() {
        return new TestClient(port(), "/socket.io/");
    }

    /** A client that gets what it should, whatever others do. */
    TestClient.Peer bystander() {
        TestClient.Peer peer = client().openSocket();
        peer.send("40");
        peer.nextBesidesPings();
        peer.send("42[\"subscribe\",{\"resource\":\"inventory\"}]");
        String answer = peer.nextBesidesPings();
        if (!answer.contains("subscription_success")) {
            throw new AssertionError(answer);
        }
        return peer;
    }

    @Override
    public void close() {
        server.close();
        threads.close();
    }
}
