package org.freelims.sync.examples.sidecar;

import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.Authenticator;
import org.freelims.sync.server.postgres.PostgresSync;
import org.freelims.sync.server.tyrus.SyncServer;

/** Relays an outbox and serves its changes on a port of its own. */
final class Sidecar implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Sidecar.class.getName());
    private static final Duration POLL = Duration.ofMillis(200);

    private final PostgresSync sync;
    private final HubThreads threads;
    private final SyncHub hub;
    private final SyncServer server;
    private final OutboxRelay relay;
    private final ScheduledExecutorService poller = Executors.newSingleThreadScheduledExecutor();

    /**
     * Starts it.
     *
     * @param postgres a database of its own: nothing of the application's is in it
     * @param resources what the outbox may tell of
     * @param port 0 for any
     */
    Sidecar(
            Outbox outbox,
            DataSource postgres,
            Set<String> resources,
            Authenticator authenticator,
            int port)
            throws SQLException {
        sync = PostgresSync.builder().dataSource(postgres).published(resources).build();
        sync.start();
        relay = new OutboxRelay(outbox, postgres, sync.publisher());
        threads = HubThreads.start();
        hub =
                SyncHub.builder()
                        .log(sync.log())
                        .snapshots(sync.snapshots())
                        .catalog(sync.catalog())
                        .authenticator(authenticator)
                        .threads(threads)
                        .build();
        hub.start();
        server =
                SyncServer.builder()
                        .port(port)
                        .hub(hub)
                        .authenticator(authenticator)
                        .build()
                        .start();
        var unused = poller.schedule(this::poll, 0, TimeUnit.MILLISECONDS);
    }

    private void poll() {
        boolean more = false;
        try {
            more = relay.relay() > 0;
        } catch (SQLException | RuntimeException e) {
            LOG.log(Level.WARNING, "the outbox could not be relayed; trying again", e);
        }
        if (!poller.isShutdown()) {
            var unused =
                    poller.schedule(this::poll, more ? 0 : POLL.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    int port() {
        return server.port();
    }

    @Override
    public void close() {
        poller.shutdown();
        try {
            poller.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        server.close();
        hub.close();
        sync.close();
        threads.close();
    }
}
