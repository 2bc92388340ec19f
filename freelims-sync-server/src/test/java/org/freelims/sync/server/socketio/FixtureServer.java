package org.freelims.sync.server.socketio;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.server.tyrus.SyncServer;
import org.freelims.sync.server.tyrus.SyncServerBuilder;

/** What the fixture servers have in common: the real port, and the paces conformance suites use. */
final class FixtureServer implements AutoCloseable {
    static final EngineSettings SETTINGS =
            EngineSettings.DEFAULTS.withPings(Duration.ofMillis(300), Duration.ofMillis(200));
    static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);

    private final HubThreads threads = HubThreads.start();
    private final SyncServer server;

    /** Starts a server with an endpoint at {@code /engine.io} and {@code /socket.io}. */
    FixtureServer(SocketIoEndpoint endpoint, int port) {
        SyncHub hub = SyncHub.builder().log(ChangeLog.inMemory(10)).threads(threads).build();
        hub.start();
        SyncServerBuilder builder = SyncServer.builder().port(port).hub(hub).closing(endpoint);
        endpoint.mountOn(builder, "/engine.io");
        endpoint.mountOn(builder, "/socket.io");
        builder.httpRoute("/engine.io/", endpoint.polling());
        builder.httpRoute("/socket.io/", endpoint.polling());
        server = builder.build().start();
    }

    int port() {
        return server.port();
    }

    /** Serves until the process is ended. */
    void serveForever() throws InterruptedException {
        System.out.println("Listening on port " + port());
        new CountDownLatch(1).await();
    }

    @Override
    public void close() {
        server.close();
        threads.close();
    }
}
