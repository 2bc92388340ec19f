package org.freelims.sync.server.faults;

import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.freelims.sync.client.SyncClient;
import org.freelims.sync.client.SyncHandler;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.server.embedded.EmbeddedPostgres;
import org.freelims.sync.server.embedded.FastPostgres;
import org.freelims.sync.server.postgres.CaptureOptions;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * From the start of a writing statement, its commit included, to the handlers of Java clients, over
 * a durable PostgreSQL, capture, relay, hub, WebSockets: {@code CommitToHandler [clients] [changes
 * a second] [seconds] [interested]}, 100, 500, 20 and all if not said. All of it runs on this
 * machine, server and clients in this process; ten of the clients are Java clients whose handlers
 * measure, the others read from plain sockets, so that it is not the clients that are measured. Of
 * all, so many subscribe to all that changes, and the rest to one record.
 *
 * <pre>{@code
 * mvn -q -pl freelims-sync-server test-compile exec:java -Dexec.classpathScope=test \
 *     -Dexec.mainClass=org.freelims.sync.server.faults.CommitToHandler -Dexec.args="100 500 20"
 * }</pre>
 */
public final class CommitToHandler {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final int WARM_UP_SECONDS = 5;
    private static final int JAVA_CLIENTS = 10;

    private CommitToHandler() {}

    /** One client's handler: how late each change was. Confined to the client's thread. */
    private static final class Watch implements SyncHandler {
        private final long[] micros;
        private volatile int heard;
        private long newest;
        private int disorders;

        Watch(int changes) {
            micros = new long[changes];
        }

        @Override
        public void onNotification(ServerMessage.Notification notification) {
            long now = micros();
            String data = notification.data();
            int from = data.indexOf("\"version\":") + "\"version\":".length();
            int to = from;
            while (to < data.length() && Character.isDigit(data.charAt(to))) {
                to++;
            }
            long offset = notification.position().offset();
            disorders += offset == newest + 1 || newest == 0 ? 0 : 1;
            newest = offset;
            int at = heard;
            micros[at] = now - Long.parseLong(data, from, to, 10);
            heard = at + 1;
        }
    }

    public static void main(String[] args) throws Exception {
        int clients = args.length > 0 ? Integer.parseInt(args[0]) : 100;
        int rate = args.length > 1 ? Integer.parseInt(args[1]) : 500;
        int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 20;
        int interested = args.length > 3 ? Integer.parseInt(args[3]) : clients;
        Path dir = Files.createTempDirectory("freelims-sync-commit-to-handler");
        try (EmbeddedPostgres postgres =
                EmbeddedPostgres.builder().dataDir(dir.resolve("data")).start()) {
            measure(source(postgres), clients, interested, rate, seconds);
        } finally {
            FastPostgres.delete(dir);
        }
    }

    private static PGSimpleDataSource source(EmbeddedPostgres postgres) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(postgres.jdbcUrl("postgres"));
        source.setUser(postgres.user());
        source.setPassword(postgres.password());
        return source;
    }

    private static void measure(
            DataSource source, int clients, int interested, int rate, int seconds)
            throws Exception {
        int changes = rate * (WARM_UP_SECONDS + seconds);
        LedgerWriters.createTables(source);
        int measuring = Math.min(JAVA_CLIENTS, interested);
        try (FaultNode node = FaultNode.start(source, 0);
                Swarm swarm = new Swarm(node.port(), "stock");
                Swarm rest = new Swarm(node.port(), "stock/1")) {
            node.sync().capture().install("stock", CaptureOptions.resource("stock"));
            List<Swarm.Member> members = swarm.join(interested - measuring, 0, "");
            List<Swarm.Member> others = rest.join(clients - interested, 0, "");
            await().atMost(LONG)
                    .until(
                            () ->
                                    Stream.concat(members.stream(), others.stream())
                                            .allMatch(m -> m.offset() >= 0));
            List<Watch> watches = watch(source, node, measuring, changes, rate);
            await().atMost(LONG)
                    .until(() -> members.stream().allMatch(m -> m.received() >= changes));
            report(clients, interested, rate, WARM_UP_SECONDS * rate, watches);
        }
    }

    private static List<Watch> watch(
            DataSource source, FaultNode node, int clients, int changes, int rate)
            throws Exception {
        List<SyncClient> open = new ArrayList<>();
        List<Watch> watches = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            SyncClient client = FaultBench.clientOf(node.port());
            Watch watch = new Watch(changes);
            open.add(client);
            watches.add(watch);
            var unused = client.connect();
            client.subscribe("stock", StartFrom.now(), watch)
                    .ready()
                    .get(LONG.toSeconds(), TimeUnit.SECONDS);
        }
        write(source, changes, rate);
        await().atMost(LONG).until(() -> watches.stream().allMatch(w -> w.heard == changes));
        open.forEach(SyncClient::close);
        return watches;
    }

    private static void write(DataSource source, int changes, int rate) throws SQLException {
        try (Connection connection = source.getConnection();
                PreparedStatement update =
                        connection.prepareStatement("UPDATE stock SET version = ? WHERE id = ?")) {
            long begin = System.nanoTime();
            for (int i = 0; i < changes; i++) {
                long due = begin + i * 1_000_000_000L / rate;
                for (long left = due - System.nanoTime();
                        left > 0;
                        left = due - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                update.setLong(1, micros());
                update.setInt(2, 1 + i % LedgerWriters.RECORDS);
                update.executeUpdate();
            }
        }
    }

    private static void report(
            int clients, int interested, int rate, int warmUp, List<Watch> watches) {
        long[] all =
                watches.stream()
                        .flatMapToLong(w -> Arrays.stream(w.micros, warmUp, w.micros.length))
                        .sorted()
                        .toArray();
        System.out.printf(
                "%d clients (%d interested), %d changes/s, %,d handled: p50 %.1f ms, p90 %.1f ms,"
                        + " p99 %.1f ms, max %.1f ms; out of order or missing: %d%n",
                clients,
                interested,
                rate,
                all.length,
                all[all.length / 2] / 1e3,
                all[all.length / 10 * 9] / 1e3,
                all[(int) (all.length * 0.99)] / 1e3,
                all[all.length - 1] / 1e3,
                watches.stream().mapToInt(w -> w.disorders).sum());
    }

    private static long micros() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
    }
}
