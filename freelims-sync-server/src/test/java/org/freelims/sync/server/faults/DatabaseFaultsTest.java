package org.freelims.sync.server.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.freelims.sync.HubThreads;
import org.freelims.sync.session.Scheduler;
import org.freelims.sync.transport.FaultyProxy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** What can happen to the database, and between it and the nodes. */
class DatabaseFaultsTest {
    @TempDir Path dir;
    private FaultBench bench;

    @BeforeEach
    void start() throws Exception {
        bench = new FaultBench(dir);
    }

    @AfterEach
    void stop() throws Exception {
        bench.close();
    }

    @Test
    void postgres_killedAndStartedAgain_losesNothing() throws Exception {
        bench.witnesses(2, bench.node("node one").port());
        bench.witnesses(2, bench.node("node two").port());
        bench.run(
                "PostgreSQL: kill -9 of all its processes, restart",
                2 * FaultBench.SCALE,
                time -> {
                    bench.killPostgres();
                    bench.startPostgres();
                });
    }

    @Test
    void backends_terminated_loseNothing() throws Exception {
        bench.witnesses(2, bench.node("node one").port());
        bench.witnesses(2, bench.node("node two").port());
        FaultTable.Row row =
                bench.run(
                        "relay, LISTEN and reader connections of both nodes terminated",
                        10 * FaultBench.SCALE,
                        time ->
                                bench.execute(
                                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                                + " WHERE application_name LIKE 'node %'"));
        assertEquals(0, row.resyncs());
    }

    @Test
    void longTransaction_heldOpen_holdsNobodyUpAndIsToldOnce() throws Exception {
        bench.witnesses(3, bench.node("node").port());
        try (Connection held = bench.source("held").getConnection()) {
            held.setAutoCommit(false);
            bench.run(
                    "a writing transaction held open throughout, then committed",
                    1,
                    time -> {
                        try (Statement statement = held.createStatement()) {
                            // its number in the outbox is older than all that follow
                            statement.execute(
                                    "INSERT INTO stock (id, version, writer, n) VALUES (1000, 1,"
                                            + " 1000, 1); INSERT INTO ledger VALUES (1000, 1)");
                        }
                        for (int i = 0; i < 5 * FaultBench.SCALE; i++) {
                            bench.awaitProgress();
                        }
                        bench.awaitLasting();
                        held.commit();
                    });
        }
    }

    @Test
    void network_betweenNodeAndDatabase_cutAndSilent_losesNothing() throws Exception {
        FaultyProxy proxy = bench.proxy(bench.postgres().port());
        PGSimpleDataSource through = bench.source("node far");
        through.setPortNumbers(new int[] {proxy.port()});
        through.setSocketTimeout(2);
        bench.witnesses(3, bench.node(through).port());
        bench.run(
                "network between server and PostgreSQL: cut, then silent both ways",
                4 * FaultBench.SCALE,
                time -> {
                    if (time % 2 == 0) {
                        proxy.cut();
                    } else {
                        proxy.stall(FaultyProxy.Direction.TO_CLIENT);
                        proxy.stall(FaultyProxy.Direction.TO_SERVER);
                        bench.awaitWriting();
                        proxy.resume();
                        proxy.cut();
                    }
                });
    }

    @Test
    void backupRestored_clientsAheadOfIt_areToldToResyncAndEndComplete() throws Exception {
        FaultNode node = bench.node("node");
        bench.witnesses(3, node.port());
        Path backup = dir.resolve("backup");
        FaultTable.Row row =
                bench.run(
                        "an older backup restored: clients are ahead of the log",
                        2,
                        time -> {
                            bench.stopPostgres();
                            if (time == 0) {
                                copy(bench.data(), backup);
                            } else {
                                copy(backup, bench.data());
                            }
                            bench.startPostgres();
                        });
        assertEquals(3, row.resyncs(), "each client starts over, once");
    }

    private static void copy(Path from, Path to) throws Exception {
        if (Files.exists(to)) {
            org.freelims.sync.server.embedded.FastPostgres.delete(to);
        }
        Files.walkFileTree(
                from,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path directory, BasicFileAttributes attributes)
                            throws java.io.IOException {
                        copyOne(directory);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws java.io.IOException {
                        if (attributes.isRegularFile()) {
                            copyOne(file);
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    private void copyOne(Path file) throws java.io.IOException {
                        Path target = to.resolve(from.relativize(file));
                        Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
                        Files.setAttribute(
                                target, "unix:uid", Files.getAttribute(file, "unix:uid"));
                        Files.setAttribute(
                                target, "unix:gid", Files.getAttribute(file, "unix:gid"));
                    }
                });
    }

    @Test
    void retention_passesSleepingClient_isToldToResyncAndEndsComplete() throws Exception {
        FaultNode node = bench.node("node");
        FaultyProxy proxy = bench.proxy(node.port());
        Witness sleeper = bench.witness(proxy.port());
        FaultTable.Row row =
                bench.run(
                        "retention passes a client that sleeps",
                        1,
                        time -> {
                            proxy.refuse(true);
                            proxy.cut();
                            bench.awaitWriting();
                            bench.execute("SELECT freelims_sync.expire(interval '0', NULL)");
                            // the ring in memory would serve it still
                            node.close();
                            FaultNode next = bench.node("node again");
                            proxy.retarget(next.port());
                            proxy.refuse(false);
                        });
        assertEquals(1, sleeper.resyncs());
        assertEquals(1, row.resyncs());
    }

    @Test
    void clock_steppedByHours_costsNothing() throws Exception {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        bench.kept((AutoCloseable) timer::shutdownNow);
        SteppingClock clock = new SteppingClock(Scheduler.of(timer));
        HubThreads own = HubThreads.start();
        FaultNode node =
                bench.node("node", new HubThreads(own.loop(), own.blocking(), clock, own::close));
        bench.witnesses(3, node.port());
        FaultTable.Row row =
                bench.run(
                        "the node's clock steps by hours, forth and back",
                        6 * FaultBench.SCALE,
                        time -> clock.step(Duration.ofHours(time % 2 == 0 ? 5 : -10)));
        assertEquals(0, row.resyncs());
    }

    /** A wall clock that steps; the time since start-up does not. */
    private static final class SteppingClock implements Scheduler {
        private final Scheduler of;
        private volatile Duration stepped = Duration.ZERO;

        SteppingClock(Scheduler of) {
            this.of = of;
        }

        void step(Duration by) {
            stepped = by;
        }

        @Override
        public Instant now() {
            return of.now().plus(stepped);
        }

        @Override
        public long nanoTime() {
            return of.nanoTime();
        }

        @Override
        public void after(Duration delay, Runnable task) {
            of.after(delay, task);
        }
    }
}
