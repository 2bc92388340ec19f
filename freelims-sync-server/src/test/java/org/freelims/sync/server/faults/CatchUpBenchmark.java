package org.freelims.sync.server.faults;

import static org.awaitility.Awaitility.await;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.freelims.sync.server.embedded.FastPostgres;

/**
 * How fast clients catch up, over PostgreSQL and sockets, with server and clients in this one
 * process: {@code replay [changes]}, {@code storm [clients] [changes a second]}, {@code slow [fast]
 * [slow] [changes a second] [seconds]}. Prints what it measured. {@code -Druns} sets how often a
 * replay is measured.
 */
final class CatchUpBenchmark {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration AFTER_A_STORM = Duration.ofSeconds(60);
    private static final int RUNS = Integer.getInteger("runs", 5);

    private CatchUpBenchmark() {}

    public static void main(String[] args) throws Exception {
        Path dir = Files.createTempDirectory("freelims-sync-catch-up");
        try (FaultBench bench = new FaultBench(dir)) {
            if (args[0].equals("replay")) {
                replay(bench, number(args, 1, 100_000));
            } else if (args[0].equals("slow")) {
                SlowReaders.Run run =
                        new SlowReaders.Run(
                                number(args, 1, 500),
                                number(args, 2, 50),
                                number(args, 3, 1000),
                                Duration.ofSeconds(number(args, 4, 20)));
                System.out.println(SlowReaders.measure(bench, run));
            } else {
                storm(bench, number(args, 1, 2000), number(args, 2, 200));
            }
        } finally {
            FastPostgres.delete(dir);
        }
    }

    private static int number(String[] args, int place, int otherwise) {
        return args.length > place ? Integer.parseInt(args[place]) : otherwise;
    }

    private static void replay(FaultBench bench, int changes) throws Exception {
        String start;
        try (FaultNode first = bench.node("filling")) {
            start = first.sync().log().head().toString();
            bench.execute(
                    "INSERT INTO stock (id, version) SELECT 1000 + i, i FROM generate_series(1, "
                            + changes
                            + ") i");
            long head = first.sync().log().head().offset() + changes;
            await().atMost(LONG).until(() -> first.sync().log().head().offset() >= head);
        }
        // a node that has nothing in memory
        FaultNode node = bench.node("replaying");
        for (int run = 1; run <= RUNS; run++) {
            try (Swarm swarm = new Swarm(node.port(), "stock")) {
                long readsBefore = node.hub().stats().logReads();
                long begin = System.nanoTime();
                Swarm.Member one = swarm.join(1, 0, start).get(0);
                await().pollInterval(Duration.ofMillis(2))
                        .atMost(LONG)
                        .until(() -> one.received() >= changes);
                double seconds = (System.nanoTime() - begin) / 1e9;
                System.out.printf(
                        "replay: %,d changes in %.2f s: %,.0f changes/s, out of order %d, log reads"
                                + " so far %d (before %d)%n",
                        changes,
                        seconds,
                        changes / seconds,
                        one.disorders(),
                        node.hub().stats().logReads(),
                        readsBefore);
            }
        }
    }

    private static void storm(FaultBench bench, int clients, int changesASecond) throws Exception {
        FaultNode node = bench.node("node");
        AtomicBoolean stop = new AtomicBoolean();
        Thread writer = bench.writer(changesASecond, stop);
        try (Swarm swarm = new Swarm(node.port(), "stock")) {
            List<Swarm.Member> members = swarm.join(clients, 0, "");
            await().atMost(LONG).until(() -> members.stream().allMatch(m -> m.offset() >= 0));
            writer.start();
            await().atMost(LONG).until(() -> members.stream().allMatch(m -> m.received() > 200));
            report(node, "before");
            for (int run = 1; run <= 3; run++) {
                long reads = node.hub().stats().logReads();
                long head = node.sync().log().head().offset();
                long begin = System.nanoTime();
                swarm.storm();
                // the writing goes on: complete is who knows what there was a moment ago
                await().pollInterval(Duration.ofMillis(5))
                        .atMost(LONG)
                        .until(
                                () -> {
                                    long live = node.hub().stats().position().offset();
                                    return members.stream()
                                            .allMatch(
                                                    m ->
                                                            m.offset() > head
                                                                    && m.offset()
                                                                            >= live
                                                                                    - changesASecond
                                                                                            / 2);
                                });
                double seconds = (System.nanoTime() - begin) / 1e9;
                System.out.printf(
                        "storm: %d clients cut at once during %d changes/s, all live and complete"
                                + " after %.2f s; log reads %d; gaps, repetitions or resyncs %d%n",
                        clients,
                        changesASecond,
                        seconds,
                        node.hub().stats().logReads() - reads,
                        members.stream().mapToLong(Swarm.Member::disorders).sum());
                report(node, "after");
            }
            Thread.sleep(AFTER_A_STORM.toMillis());
            report(node, AFTER_A_STORM.toSeconds() + " s later");
            stop.set(true);
            writer.join();
        }
    }

    private static void report(FaultNode node, String when) {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        System.out.printf(
                "%s: heap %d MB, threads %d, memory of recent changes %d KB%n",
                when,
                (runtime.totalMemory() - runtime.freeMemory()) >> 20,
                ManagementFactory.getThreadMXBean().getThreadCount(),
                node.hub().stats().recentBytes() >> 10);
    }
}
