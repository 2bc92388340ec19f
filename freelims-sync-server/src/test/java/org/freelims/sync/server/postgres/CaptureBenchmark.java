package org.freelims.sync.server.postgres;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.freelims.sync.log.Change;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.server.embedded.EmbeddedPostgres;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Measures, on a durable PostgreSQL of its own: plain and captured write throughput (transactions
 * of one INSERT and one UPDATE by eight writers), commit to reader at a steady rate, and how fast
 * the log is read and verified.
 *
 * <pre>{@code
 * mvn -q -pl freelims-sync-server -am test-compile exec:java -Dexec.classpathScope=test \
 *     -Dexec.mainClass=org.freelims.sync.server.postgres.CaptureBenchmark -Dexec.args="6 3"
 * }</pre>
 *
 * Arguments: seconds a run, rounds.
 */
public final class CaptureBenchmark {
    private static final int WRITERS = 8;
    private static final int RATE_PER_S = 500;

    private final PrintStream out = System.out;
    private final PGSimpleDataSource source = new PGSimpleDataSource();
    private final Duration length;

    private CaptureBenchmark(EmbeddedPostgres postgres, Duration length) {
        source.setUrl(postgres.jdbcUrl("postgres"));
        source.setUser(postgres.user());
        source.setPassword(postgres.password());
        this.length = length;
    }

    public static void main(String[] arguments) throws Exception {
        Duration length =
                Duration.ofSeconds(arguments.length > 0 ? Long.parseLong(arguments[0]) : 6);
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        Path directory = Files.createTempDirectory("freelims-sync-benchmark-");
        try (EmbeddedPostgres postgres =
                EmbeddedPostgres.builder().dataDir(directory.resolve("data")).start()) {
            new CaptureBenchmark(postgres, length).run(rounds);
        }
        System.exit(0);
    }

    private void run(int rounds) throws Exception {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            for (String table : List.of("plain", "captured")) {
                statement.execute(
                        "CREATE TABLE %s (id serial PRIMARY KEY, chemical_id int, location_id int,"
                                        .formatted(table)
                                + " quantity float8, unit varchar(20), batch_number varchar(50),"
                                + " expiration_date timestamp, created_at timestamptz DEFAULT"
                                + " now(), updated_at timestamptz)");
            }
        }
        try (PostgresSync sync = PostgresSync.builder().dataSource(source).build()) {
            sync.start();
            sync.capture().install("captured", CaptureOptions.resource("captured"));
            List<Double> ratios = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                double plain = writes("plain");
                double captured = writes("captured");
                ratios.add(captured / plain);
                out.printf(
                        "plain %.0f tx/s, captured, relayed and chained %.0f tx/s: %.0f %%%n",
                        plain, captured, 100 * captured / plain);
                settle(sync);
            }
            ratios.sort(null);
            out.printf("median ratio %.0f %%%n", 100 * ratios.get(ratios.size() / 2));
            latency(sync);
            reading(sync);
        }
    }

    private static void settle(PostgresSync sync) throws InterruptedException {
        while (sync.status().waiting() > 0) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private double writes(String table) throws Exception {
        AtomicLong commits = new AtomicLong();
        AtomicBoolean done = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        CountDownLatch ready = new CountDownLatch(WRITERS);
        CountDownLatch go = new CountDownLatch(1);
        for (int i = 0; i < WRITERS; i++) {
            Thread thread =
                    new Thread(
                            () -> {
                                try (Connection connection = source.getConnection()) {
                                    connection.setAutoCommit(false);
                                    for (int warm = 0; warm < 20; warm++) {
                                        write(connection, table);
                                    }
                                    ready.countDown();
                                    go.await();
                                    while (!done.get()) {
                                        write(connection, table);
                                        commits.incrementAndGet();
                                    }
                                } catch (SQLException | InterruptedException e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            threads.add(thread);
            thread.start();
        }
        ready.await();
        long from = System.nanoTime();
        go.countDown();
        TimeUnit.NANOSECONDS.sleep(length.toNanos());
        done.set(true);
        long counted = commits.get();
        double seconds = (System.nanoTime() - from) / 1e9;
        for (Thread thread : threads) {
            thread.join();
        }
        return counted / seconds;
    }

    private static void write(Connection connection, String table) throws SQLException {
        long id;
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "INSERT INTO "
                                + table
                                + " (chemical_id, location_id, quantity, unit, batch_number,"
                                + " expiration_date) VALUES (1, 2, 3.5, 'g', 'BATCH-17', now())"
                                + " RETURNING id")) {
            try (var row = insert.executeQuery()) {
                row.next();
                id = row.getLong(1);
            }
        }
        try (PreparedStatement update =
                connection.prepareStatement(
                        "UPDATE "
                                + table
                                + " SET quantity = quantity + 1, updated_at = clock_timestamp()"
                                + " WHERE id = ?")) {
            update.setLong(1, 1 + ThreadLocalRandom.current().nextLong(id));
            update.executeUpdate();
        }
        connection.commit();
    }

    /** From the return of commit() to the reader having the change, on one clock. */
    private void latency(PostgresSync sync) throws Exception {
        Position start = sync.log().head();
        List<Long> micros = new ArrayList<>();
        Object wake = new Object();
        AtomicBoolean done = new AtomicBoolean();
        sync.log()
                .onAppend(
                        () -> {
                            synchronized (wake) {
                                wake.notifyAll();
                            }
                        });
        Thread reader =
                new Thread(
                        () -> {
                            Position at = start;
                            while (!done.get()) {
                                List<Change> page = sync.log().readAfter(at, 1000);
                                long now = micros(Instant.now());
                                for (Change change : page) {
                                    micros.add(now - sentAt(change.data()));
                                    at = change.position();
                                }
                                if (page.isEmpty()) {
                                    synchronized (wake) {
                                        try {
                                            wake.wait(1000);
                                        } catch (InterruptedException e) {
                                            return;
                                        }
                                    }
                                }
                            }
                        });
        reader.start();
        long changes = RATE_PER_S * length.toSeconds();
        try (Connection connection = source.getConnection();
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO captured (quantity) VALUES (?)")) {
            long from = System.nanoTime();
            for (long i = 0; i < changes; i++) {
                long due = from + i * 1_000_000_000L / RATE_PER_S;
                while (System.nanoTime() < due) {
                    TimeUnit.NANOSECONDS.sleep(Math.max(0, due - System.nanoTime()));
                }
                // before the commit, so that its own time is in the figure
                insert.setDouble(1, (double) micros(Instant.now()));
                insert.execute();
            }
        }
        TimeUnit.SECONDS.sleep(1);
        done.set(true);
        synchronized (wake) {
            wake.notifyAll();
        }
        reader.join();
        long[] sorted = micros.stream().mapToLong(Long::longValue).sorted().toArray();
        out.printf(
                "write and commit to reader at %d/s: %d changes, p50 %.1f ms, p99 %.1f ms, max %.1f"
                        + " ms%n",
                RATE_PER_S,
                sorted.length,
                sorted[sorted.length / 2] / 1e3,
                sorted[sorted.length * 99 / 100] / 1e3,
                Arrays.stream(sorted).max().orElse(0) / 1e3);
    }

    private static long micros(Instant instant) {
        return instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1000;
    }

    private static long sentAt(String data) {
        int from = data.indexOf("\"quantity\":") + "\"quantity\":".length();
        return (long) Double.parseDouble(data.substring(from, data.indexOf(',', from)));
    }

    private void reading(PostgresSync sync) {
        Position at = Position.of(sync.log().head().epoch(), 0);
        for (int run = 0; run < 3; run++) {
            long from = System.nanoTime();
            long read = 0;
            Position next = at;
            for (List<Change> page = sync.log().readAfter(next, 1000);
                    !page.isEmpty() && read < 100_000;
                    page = sync.log().readAfter(next, 1000)) {
                read += page.size();
                next = page.get(page.size() - 1).position();
            }
            out.printf(
                    "read %d changes in pages of 1,000: %.0f/s%n",
                    read, read / ((System.nanoTime() - from) / 1e9));
        }
        long from = System.nanoTime();
        ChainVerifier.Result result = sync.verifier().verify(n -> {});
        out.printf(
                "verified %d entries: %.0f/s, broken: %s%n",
                result.entries(),
                result.entries() / ((System.nanoTime() - from) / 1e9),
                result.broken());
    }
}
