package org.freelims.sync.server.faults;

import static java.util.Objects.requireNonNull;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.freelims.sync.HubThreads;
import org.freelims.sync.client.Backoff;
import org.freelims.sync.client.Subscription;
import org.freelims.sync.client.SyncClient;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.server.embedded.EmbeddedPostgres;
import org.freelims.sync.server.embedded.FastPostgres;
import org.freelims.sync.server.postgres.CaptureOptions;
import org.freelims.sync.server.postgres.PostgresSync;
import org.freelims.sync.session.Limits;
import org.freelims.sync.transport.FaultyProxy;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A PostgreSQL of its own, nodes, clients and writers, a fault that strikes amid it all, and the
 * judgement after it. {@code -Dfaults.scale} says how many times longer than usual, {@code
 * -Dfaults.seconds} how long a fault that lasts goes on at least. Confined to the test's thread.
 */
final class FaultBench implements AutoCloseable {
    /** How many times longer than usual. */
    static final int SCALE = Integer.getInteger("faults.scale", 1);

    static final Duration PATIENCE = Duration.ofSeconds(90);

    /** What lasts, such as a frozen node, lasts at least so long. */
    static final Duration LASTING = Duration.ofSeconds(Long.getLong("faults.seconds", 0));

    private static final int WRITERS = SCALE < 5 ? 8 : 50;
    private static final Duration WRITER_PAUSE = Duration.ofMillis(20);
    private static final int PROGRESS = 60;

    private final Path directory;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final List<Witness> witnesses = new ArrayList<>();
    private EmbeddedPostgres postgres;
    private @Nullable LedgerWriters writers;

    /** Something that goes wrong. */
    interface Fault {
        void strike(int time) throws Exception;
    }

    FaultBench(Path directory) throws SQLException {
        this.directory = directory;
        this.postgres = FastPostgres.start(data());
        LedgerWriters.createTables(source("tables"));
        try (PostgresSync sync = PostgresSync.builder().dataSource(source("install")).build()) {
            sync.start();
            sync.capture().install("stock", CaptureOptions.resource("stock"));
        }
    }

    Path data() {
        return directory.resolve("data");
    }

    PGSimpleDataSource source(String application) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(postgres.jdbcUrl("postgres"));
        source.setUser(postgres.user());
        source.setPassword(postgres.password());
        source.setApplicationName(application);
        return source;
    }

    /** Returns a thread that changes one record after another, so often, until told to stop. */
    Thread writer(int changesASecond, AtomicBoolean stop) {
        return new Thread(() -> write(changesASecond, stop), "paced-writer");
    }

    private void write(int changesASecond, AtomicBoolean stop) {
        try (Connection connection = source("writer").getConnection();
                Statement statement = connection.createStatement()) {
            long begin = System.nanoTime();
            for (long n = 1; !stop.get(); n++) {
                statement.execute(
                        "UPDATE stock SET version = version + 1 WHERE id = "
                                + (1 + n % LedgerWriters.RECORDS));
                long aheadNanos = n * 1_000_000_000L / changesASecond - (System.nanoTime() - begin);
                if (aheadNanos > 0) {
                    LockSupport.parkNanos(aheadNanos);
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    void execute(String sql) throws SQLException {
        try (Connection connection = source("admin").getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    // PostgreSQL

    EmbeddedPostgres postgres() {
        return postgres;
    }

    /** SIGKILL to the postmaster and all its processes at once. */
    void killPostgres() throws IOException {
        long pid;
        try (var files = Files.walk(data(), 2)) {
            Path file = files.filter(f -> f.endsWith("postmaster.pid")).findFirst().orElseThrow();
            pid = Long.parseLong(Files.readAllLines(file).get(0).strip());
        }
        ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
        List<ProcessHandle> all = new ArrayList<>(postmaster.descendants().toList());
        postmaster.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
        await().atMost(PATIENCE)
                .until(
                        () ->
                                !postmaster.isAlive()
                                        && all.stream().noneMatch(ProcessHandle::isAlive));
        // this JVM still holds the data directory
        FastPostgres.abandon(postgres);
    }

    void stopPostgres() {
        postgres.close();
    }

    void startPostgres() {
        int port = postgres.port();
        postgres = FastPostgres.start(data());
        assertEquals(port, postgres.port(), "PostgreSQL comes back where it was");
    }

    // nodes

    FaultNode node(String name) {
        return kept(FaultNode.start(source(name), 0));
    }

    FaultNode node(String name, HubThreads threads) {
        return kept(FaultNode.start(source(name), 0, threads));
    }

    FaultNode node(String name, Limits limits) {
        return kept(FaultNode.start(source(name), limits));
    }

    FaultNode node(PGSimpleDataSource source) {
        return kept(FaultNode.start(source, 0));
    }

    static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    /** Starts a node as a process and waits until it listens. */
    Process process(String name, int port) throws IOException {
        Path log = directory.resolve(name + ".log");
        Process process =
                FaultNode.process(source(name), port)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                        .start();
        parts.push(
                () -> {
                    process.destroyForcibly();
                    process.waitFor(30, TimeUnit.SECONDS);
                });
        await().atMost(PATIENCE)
                .until(
                        () -> {
                            if (!process.isAlive()) {
                                throw new IllegalStateException(Files.readString(log));
                            }
                            return listens(port);
                        });
        return process;
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    static void signal(Process process, String signal) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + signal, "" + process.pid()).start();
        assertEquals(0, kill.waitFor(), "kill -" + signal);
    }

    FaultyProxy proxy(int port) {
        return kept(FaultyProxy.to(port));
    }

    // clients

    /** Connects a client that starts from a snapshot and waits until it is live. */
    Witness witness(int port) {
        Witness witness = new Witness("client " + witnesses.size());
        client(port, witness);
        await().atMost(PATIENCE).until(witness::isLive);
        witnesses.add(witness);
        return witness;
    }

    /**
     * Amid a run: connects a client that starts from a snapshot; it is judged as the others are.
     */
    Subscription join(Witness witness, int port) {
        SyncClient client = kept(clientOf(port));
        Subscription subscription = client.subscribe("stock", StartFrom.snapshot(), witness);
        var unused = client.connect();
        witnesses.add(witness);
        return subscription;
    }

    private void client(int port, Witness witness) {
        SyncClient client = kept(clientOf(port));
        client.subscribe("stock", StartFrom.snapshot(), witness);
        client.connect().join();
    }

    static SyncClient clientOf(int port) {
        return SyncClient.builder()
                .uri("ws://127.0.0.1:" + port + "/sync")
                .backoff(new Backoff(Duration.ofMillis(50), Duration.ofMillis(500)))
                .listener(event -> {})
                .build();
    }

    void witnesses(int count, int port) {
        for (int i = 0; i < count; i++) {
            witness(port);
        }
    }

    <T extends AutoCloseable> T kept(T part) {
        parts.push(part);
        return part;
    }

    // the run

    /** Waits until there was writing, and clients heard of it. */
    private void awaitProgress(LedgerWriters writers, boolean heard) {
        long written = writers.written() + PROGRESS;
        long received = minReceived() + PROGRESS / 2;
        await().atMost(PATIENCE)
                .until(() -> writers.written() >= written && (!heard || minReceived() >= received));
    }

    private long minReceived() {
        return witnesses.stream().mapToLong(Witness::received).min().orElse(0);
    }

    /** Amid a run: lets the writers go on for a while, whether clients hear of it or not. */
    void awaitWriting() {
        awaitProgress(running(), false);
    }

    /** Amid a run: lets the writers go on for a while, and all clients hear of it. */
    void awaitProgress() {
        awaitProgress(running(), true);
    }

    /** Amid a run and a fault that lasts: all clients go on hearing of what is written. */
    void awaitLasting() {
        long begin = System.nanoTime();
        do {
            awaitProgress();
        } while (System.nanoTime() - begin < LASTING.toNanos());
    }

    /** Amid a run: how many transactions failed so far. */
    long failures() {
        return running().failures();
    }

    private LedgerWriters running() {
        return requireNonNull(writers, "there is no run");
    }

    /**
     * Writes while a fault strikes again and again, each time after all clients have recovered from
     * the last, and requires that in the end nothing was lost, repeated or reordered.
     */
    FaultTable.Row run(String name, int times, Fault fault) throws Exception {
        FaultTable.Row row = judge(name, times, fault);
        assertEquals(
                List.of(),
                witnesses.stream().flatMap(w -> w.faults().stream()).toList(),
                () -> row + " is not clean");
        return row;
    }

    FaultTable.Row judge(String name, int times, Fault fault) throws Exception {
        try (LedgerWriters writing = new LedgerWriters(source("writer"), WRITER_PAUSE)) {
            writers = writing;
            witnesses.forEach(Witness::measure);
            writing.start(WRITERS);
            for (int i = 0; i < times; i++) {
                awaitProgress(writing, true);
                fault.strike(i);
            }
            awaitProgress(writing, true);
        }
        Map<Integer, Long> rows;
        long written;
        try (Connection connection = source("judge").getConnection()) {
            rows = LedgerWriters.versions(connection);
            written = LedgerWriters.ledger(connection).values().stream().mapToLong(n -> n).sum();
        }
        awaitQuietly(rows);
        witnesses.forEach(witness -> witness.end(rows));
        FaultTable.Row row =
                new FaultTable.Row(
                        name,
                        times,
                        witnesses.size(),
                        written,
                        sum(Witness::received),
                        sum(Witness::lost),
                        sum(Witness::repeated),
                        sum(Witness::reordered),
                        sum(Witness::resyncs),
                        witnesses.stream().mapToLong(Witness::longestGapMs).max().orElse(0));
        FaultTable.add(row);
        return row;
    }

    private long sum(java.util.function.ToLongFunction<Witness> of) {
        return witnesses.stream().mapToLong(of).sum();
    }

    /** Gives clients the time they may need; what is missing then counts as lost. */
    private void awaitQuietly(Map<Integer, Long> rows) {
        try {
            await().atMost(PATIENCE)
                    .until(() -> witnesses.stream().allMatch(witness -> witness.holds(rows)));
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            System.getLogger(FaultBench.class.getName())
                    .log(System.Logger.Level.WARNING, "clients are not complete", e);
        }
    }

    @Override
    public void close() {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
        FastPostgres.abandon(postgres);
    }
}
