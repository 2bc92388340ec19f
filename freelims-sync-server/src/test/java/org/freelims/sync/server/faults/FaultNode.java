package org.freelims.sync.server.faults;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.server.postgres.PostgresSync;
import org.freelims.sync.server.postgres.Retention;
import org.freelims.sync.server.tyrus.ConnectionLimits;
import org.freelims.sync.server.tyrus.SyncServer;
import org.freelims.sync.session.Limits;
import org.postgresql.ds.PGSimpleDataSource;

/** A server with nothing but what syncs: in this process, or as one of its own. Thread-safe. */
final class FaultNode implements AutoCloseable {
    private final PostgresSync sync;
    private final HubThreads threads;
    private final SyncHub hub;
    private final SyncServer server;

    private FaultNode(DataSource source, int port, HubThreads threads, Limits limits) {
        this.threads = threads;
        this.sync =
                PostgresSync.builder().dataSource(source).retention(Retention.forever()).build();
        sync.start();
        this.hub =
                SyncHub.builder()
                        .log(sync.log())
                        .snapshots(sync.snapshots())
                        .catalog(sync.catalog())
                        .allowAnonymous(true)
                        .threads(threads)
                        .limits(limits)
                        .build();
        hub.start();
        this.server =
                SyncServer.builder()
                        .port(port)
                        .hub(hub)
                        .limits(ConnectionLimits.defaults().withPingInterval(Duration.ofSeconds(1)))
                        .build()
                        .start();
    }

    /** Silence is noticed in seconds, so that tests are short. */
    static Limits.Builder limits() {
        return Limits.builder()
                .heartbeat(Duration.ofSeconds(1))
                .stallTimeout(Duration.ofSeconds(3))
                .reconnectSpread(Duration.ofMillis(200));
    }

    static FaultNode start(DataSource source, int port) {
        return new FaultNode(source, port, HubThreads.start(), limits().build());
    }

    static FaultNode start(DataSource source, int port, HubThreads threads) {
        return new FaultNode(source, port, threads, limits().build());
    }

    static FaultNode start(DataSource source, Limits limits) {
        return new FaultNode(source, 0, HubThreads.start(), limits);
    }

    int port() {
        return server.port();
    }

    PostgresSync sync() {
        return sync;
    }

    SyncHub hub() {
        return hub;
    }

    @Override
    public void close() {
        server.close();
        hub.close();
        sync.close();
        threads.close();
    }

    /** Returns the command that runs one as a process. */
    static ProcessBuilder process(PGSimpleDataSource source, int port) {
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx200m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FaultNode.class.getName(),
                        source.getURL(),
                        source.getUser(),
                        source.getApplicationName(),
                        Integer.toString(port));
        builder.environment().put("PGPASSWORD", source.getPassword());
        return builder.redirectErrorStream(true);
    }

    public static void main(String[] args) throws InterruptedException {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setURL(args[0]);
        source.setUser(args[1]);
        source.setApplicationName(args[2]);
        source.setPassword(System.getenv("PGPASSWORD"));
        FaultNode node = start(source, Integer.parseInt(args[3]));
        Runtime.getRuntime().addShutdownHook(new Thread(node::close, "fault-node-stop"));
        new CountDownLatch(1).await();
    }
}
