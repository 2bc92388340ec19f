package org.freelims.sync.server.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.freelims.sync.log.Change;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.embedded.EmbeddedPostgres;
import org.freelims.sync.server.embedded.FastPostgres;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Nothing lost, reordered per record, repeated or split, whatever is killed. {@code
 * -Dfreelims.stress.seconds} makes it longer than its 20 s.
 */
class RelayStressTest {
    private static final Duration LENGTH =
            Duration.ofSeconds(Long.getLong("freelims.stress.seconds", 20));
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int WRITERS = 8;

    private static PGSimpleDataSource source(EmbeddedPostgres postgres, String name) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(postgres.jdbcUrl("postgres"));
        source.setUser(postgres.user());
        source.setPassword(postgres.password());
        source.setApplicationName(name);
        return source;
    }

    private static PostgresSync node(PGSimpleDataSource source) {
        return PostgresSync.builder().dataSource(source).retention(Retention.forever()).build();
    }

    /** Reads on and on, as a node's hub does. */
    private static final class Reader {
        private final PostgresSync node;
        private final List<Change> read = new ArrayList<>();
        private Position at;

        Reader(PostgresSync node) {
            this.node = node;
            this.at = Position.of(node.log().head().epoch(), 0);
        }

        List<Change> readUntil(AtomicBoolean done) throws InterruptedException {
            CountDownLatch never = new CountDownLatch(1);
            while (true) {
                boolean last = done.get();
                try {
                    List<Change> page = node.log().readAfter(at, 500);
                    read.addAll(page);
                    if (!page.isEmpty()) {
                        at = page.get(page.size() - 1).position();
                    } else if (last) {
                        return read;
                    }
                    never.await(1, TimeUnit.MILLISECONDS);
                } catch (SyncException e) {
                    if (e.code() != ErrorCode.UNAVAILABLE) {
                        throw e;
                    }
                    never.await(20, TimeUnit.MILLISECONDS);
                }
            }
        }
    }

    @Test
    void everythingKilledAgainAndAgain_logIsTheHistoryOfTheTables(@TempDir Path directory)
            throws Exception {
        EmbeddedPostgres postgres = FastPostgres.start(directory.resolve("data"));
        try {
            PGSimpleDataSource admin = source(postgres, "admin");
            try (Connection connection = admin.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("ALTER SYSTEM SET max_prepared_transactions = 50");
            }
            kill(postgres);
            postgres = FastPostgres.start(directory.resolve("data"));
            admin = source(postgres, "admin");
            try (Connection connection = admin.getConnection()) {
                StressWriters.createTables(connection);
            }
            PostgresSync one = node(source(postgres, "node one"));
            PostgresSync two = node(source(postgres, "node two"));
            one.start();
            two.start();
            one.capture().install("hot", CaptureOptions.resource("hot"));
            one.capture().install("ledger", CaptureOptions.resource("ledger"));
            AtomicBoolean done = new AtomicBoolean();
            ExecutorService executor = Executors.newFixedThreadPool(2);
            try {
                Future<List<Change>> readByOne =
                        executor.submit(() -> new Reader(one).readUntil(done));
                Future<List<Change>> readByTwo =
                        executor.submit(() -> new Reader(two).readUntil(done));
                StressWriters writers = new StressWriters(source(postgres, "writer"), true);
                writers.start(WRITERS);
                Instant half = Instant.now().plus(LENGTH.dividedBy(2));
                harm(admin, half);
                kill(postgres);
                postgres = FastPostgres.start(directory.resolve("data"));
                assertEquals(admin.getPortNumbers()[0], postgres.port());
                harm(admin, Instant.now().plus(LENGTH.dividedBy(2)));
                writers.close();
                Awaitility.await()
                        .atMost(PATIENCE)
                        .ignoreExceptionsInstanceOf(SyncException.class)
                        .until(() -> one.status().waiting() == 0);
                done.set(true);
                List<Change> log = readByOne.get();
                try (Connection connection = admin.getConnection()) {
                    assertEquals(List.of(), first(LogChecker.faults(log, connection)));
                }
                assertEquals(log, readByTwo.get());
                assertEquals(
                        new ChainVerifier.Result(log.size(), 0, Optional.empty()),
                        one.verifier().verify(n -> {}));
                assertTrue(writers.commits() > 100, "commits: " + writers.commits());
                assertTrue(writers.failures() > WRITERS, "failures: " + writers.failures());
                System.getLogger(getClass().getName())
                        .log(
                                System.Logger.Level.INFO,
                                "stress: {0} changes, {1} commits, {2} failures of writers",
                                log.size(),
                                writers.commits(),
                                writers.failures());
            } finally {
                done.set(true);
                executor.shutdownNow();
                one.close();
                two.close();
            }
        } finally {
            FastPostgres.abandon(postgres);
        }
    }

    /** Ends sessions of nodes every 100 ms, and one of a writer now and then. */
    private static void harm(PGSimpleDataSource admin, Instant until) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (Connection connection = admin.getConnection();
                Statement statement = connection.createStatement()) {
            for (int i = 0; Instant.now().isBefore(until); i++) {
                String victims = i % 5 == 0 ? "writer" : "node %";
                statement.execute(
                        "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity"
                                + " WHERE application_name LIKE '"
                                + victims
                                + "' ORDER BY random() LIMIT 2) v");
                never.await(100, TimeUnit.MILLISECONDS);
            }
        }
    }

    /** SIGKILL to the postmaster and all its processes at once. */
    private static void kill(EmbeddedPostgres postgres) throws IOException {
        Path file = pidFile(postgres.dataDir());
        long pid = Long.parseLong(Files.readAllLines(file).get(0).strip());
        ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
        List<ProcessHandle> all = new ArrayList<>(postmaster.descendants().toList());
        postmaster.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
        Awaitility.await()
                .atMost(PATIENCE)
                .until(
                        () ->
                                !postmaster.isAlive()
                                        && all.stream().noneMatch(ProcessHandle::isAlive));
        // this JVM still holds the data directory
        FastPostgres.abandon(postgres);
    }

    private static Path pidFile(Path directory) throws IOException {
        try (var files = Files.walk(directory, 2)) {
            return files.filter(f -> f.endsWith("postmaster.pid")).findFirst().orElseThrow();
        }
    }

    private static List<String> first(List<String> faults) {
        return faults.subList(0, Math.min(10, faults.size()));
    }

    /** The design that everybody thinks of first: read the outbox on by its sequence. */
    @Test
    void checker_outboxTailedBySequence_findsWhatIsLost() throws Exception {
        PostgresForTests.Database database = PostgresForTests.freshDatabase();
        PostgresSync.MIGRATIONS.migrate(database.dataSource());
        try (Connection connection = database.connect()) {
            StressWriters.createTables(connection);
            Capture capture = new Capture(org.jdbi.v3.core.Jdbi.create(database.dataSource()));
            capture.install("hot", CaptureOptions.resource("hot"));
            capture.install("ledger", CaptureOptions.resource("ledger"));
            StressWriters writers = new StressWriters(database.dataSource(), false);
            writers.start(WRITERS);
            List<Change> tailed = new ArrayList<>();
            long seq = 0;
            while (tailed.size() < 2000) {
                seq = tail(connection, seq, tailed);
            }
            writers.close();
            tail(connection, seq, tailed);
            List<String> faults = LogChecker.faults(tailed, connection);
            assertTrue(faults.stream().anyMatch(f -> f.endsWith("are lost")), first(faults) + "");
            // of the very same writes, the relay makes a log without a fault
            assertFalse(faults.isEmpty());
            List<Change> log = relayed(connection, database);
            assertEquals(List.of(), first(LogChecker.faults(log, connection)));
            // and a log with two changes swapped, one left out, or one twice has one
            for (List<Change> bad : spoilt(log)) {
                assertFalse(LogChecker.faults(bad, connection).isEmpty());
            }
        }
    }

    private static List<Change> relayed(Connection connection, PostgresForTests.Database database)
            throws SQLException {
        int moved = 1;
        while (moved != 0) {
            try (Statement statement = connection.createStatement();
                    ResultSet row =
                            statement.executeQuery("SELECT moved FROM freelims_sync.relay()")) {
                row.next();
                moved = row.getInt(1);
            }
        }
        PostgresSync reader = PostgresSync.builder().dataSource(database.dataSource()).build();
        try {
            return reader.log().readAfter(Position.of(reader.log().head().epoch(), 0), 1_000_000);
        } finally {
            reader.close();
        }
    }

    private static List<List<Change>> spoilt(List<Change> log) {
        int hot = 0;
        while (!log.get(hot).resource().equals("hot") || log.get(hot).txLast()) {
            hot++;
        }
        List<Change> without = new ArrayList<>(log);
        without.remove(hot);
        List<Change> twice = new ArrayList<>(log);
        twice.add(hot, log.get(hot));
        List<Change> swapped = new ArrayList<>(log);
        swapped.set(hot, log.get(hot + 1));
        swapped.set(hot + 1, log.get(hot));
        List<Change> cut = log.subList(0, log.size() - 1);
        return List.of(without, twice, swapped, cut);
    }

    private static long tail(Connection connection, long after, List<Change> to)
            throws SQLException {
        long seq = after;
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT seq, tx::text, resource, id, action, data FROM"
                                        + " freelims_sync.outbox WHERE seq > "
                                        + after
                                        + " ORDER BY seq")) {
            while (rows.next()) {
                seq = rows.getLong(1);
                to.add(
                        new Change(
                                Position.of("naive", to.size() + 1),
                                rows.getString(2),
                                rows.getString(3).equals("ledger"),
                                rows.getString(3),
                                rows.getString(4),
                                Action.ofWire(rows.getString(5)),
                                rows.getString(6),
                                "{}",
                                Instant.EPOCH,
                                Optional.empty(),
                                Optional.empty()));
            }
        }
        return seq;
    }
}
