package org.freelims.sync.server.faults;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Clients that read a kilobyte a second among others that read all that comes. */
final class SlowReaders {
    private static final int SLOW_BYTES_A_SECOND = 1024;
    private static final int MEASURING = 10;
    private static final Duration LONG = Duration.ofMinutes(5);

    private SlowReaders() {}

    /**
     * What is run.
     *
     * @param phase how long the writing goes on without the slow clients, and then with them
     */
    record Run(int fast, int slow, int changesASecond, Duration phase) {}

    /**
     * What came of it.
     *
     * @param pendingBytes the most that waited for clients on the server
     * @param recentBytes the most that it kept in memory of recent changes
     * @param disorders gaps, repetitions, errors and resyncs, of all clients
     */
    record Outcome(
            double undisturbedP99Ms,
            double p99Ms,
            long pendingBytes,
            long recentBytes,
            long heapBytesBefore,
            long heapBytesAfter,
            long logReads,
            long disorders) {}

    /** Runs it; returns when all clients, the slow ones too, know of every change. */
    static Outcome measure(FaultBench bench, Run run) throws Exception {
        FaultNode node = bench.node("node", FaultNode.limits().stallTimeout(LONG).build());
        AtomicBoolean stop = new AtomicBoolean();
        Thread writer = bench.writer(run.changesASecond(), stop);
        try (Swarm swarm = new Swarm(node.port(), "stock")) {
            List<Swarm.Member> fast = swarm.join(run.fast(), 0, "");
            await().atMost(LONG).until(() -> fast.stream().allMatch(m -> m.offset() >= 0));
            writer.start();
            await().atMost(LONG)
                    .until(() -> fast.stream().allMatch(m -> m.received() > run.changesASecond()));
            fast.stream().limit(MEASURING).forEach(Swarm.Member::measure);
            Watch watch = new Watch(node);
            watch.during(run.phase());
            double undisturbed = p99(fast);
            long heapBefore = heapBytes();
            List<Swarm.Member> slow = swarm.join(run.slow(), SLOW_BYTES_A_SECOND, "");
            await().atMost(LONG).until(() -> slow.stream().allMatch(m -> m.received() > 0));
            p99(fast);
            watch.during(run.phase());
            double disturbed = p99(fast);
            long heapAfter = heapBytes();
            stop.set(true);
            writer.join();
            slow.forEach(Swarm.Member::hurry);
            List<Swarm.Member> all = new ArrayList<>(fast);
            all.addAll(slow);
            long head = node.sync().log().head().offset();
            await().atMost(LONG).until(() -> all.stream().allMatch(m -> m.offset() >= head));
            return new Outcome(
                    undisturbed,
                    disturbed,
                    watch.pendingBytes,
                    watch.recentBytes,
                    heapBefore,
                    heapAfter,
                    node.hub().stats().logReads(),
                    all.stream().mapToLong(Swarm.Member::disorders).sum());
        } finally {
            stop.set(true);
        }
    }

    /** Returns that of what was measured since the last call. */
    private static double p99(List<Swarm.Member> members) {
        List<Double> all =
                members.stream().flatMap(m -> m.latenciesMs().stream()).sorted().toList();
        return all.isEmpty() ? 0 : all.get((int) (all.size() * 0.99));
    }

    private static long heapBytes() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** What the server holds, at most. */
    private static final class Watch {
        private final FaultNode node;
        private long pendingBytes;
        private long recentBytes;

        Watch(FaultNode node) {
            this.node = node;
        }

        void during(Duration phase) {
            long begin = System.nanoTime();
            await().pollInterval(Duration.ofMillis(50))
                    .atMost(phase.plus(LONG))
                    .until(
                            () -> {
                                var stats = node.hub().stats();
                                pendingBytes = Math.max(pendingBytes, stats.pendingBytes());
                                recentBytes = Math.max(recentBytes, stats.recentBytes());
                                return System.nanoTime() - begin >= phase.toNanos();
                            });
        }
    }
}
