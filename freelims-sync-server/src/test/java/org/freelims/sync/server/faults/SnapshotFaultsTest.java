package org.freelims.sync.server.faults;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.freelims.sync.client.Subscription;
import org.freelims.sync.transport.FaultyProxy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections that break amid a snapshot of many rows, of which some change all the time. */
class SnapshotFaultsTest {
    private static final int ROWS = 20_000;

    @TempDir Path dir;

    @Test
    void snapshot_cutAgainAndAgain_goesOnAtAnotherNodeAndIsExact() throws Exception {
        Random random = new Random(1);
        try (FaultBench bench = new FaultBench(dir)) {
            // before those that change, so that they are told with the last pages
            bench.execute(
                    "INSERT INTO stock (id) SELECT -i FROM generate_series(1, " + ROWS + ") i");
            int[] ports = {bench.node("node one").port(), bench.node("node two").port()};
            bench.witness(ports[0]);
            List<Witness> joined = new ArrayList<>();
            long[] connections = {0};
            FaultTable.Row row =
                    bench.run(
                            "connection cut amid a snapshot of 20,000 rows; the rest comes from"
                                    + " the other node",
                            3 * FaultBench.SCALE,
                            time -> {
                                Witness witness = new Witness("late " + time).amid();
                                joined.add(witness);
                                FaultyProxy proxy = bench.proxy(ports[0]);
                                // about a million bytes in all
                                proxy.cutAfter(50_000 + random.nextInt(200_000));
                                Subscription one = bench.join(witness, proxy.port());
                                await().pollInterval(Duration.ofMillis(2))
                                        .atMost(FaultBench.PATIENCE)
                                        .until(() -> isLive(one, proxy, ports, random));
                                connections[0] += proxy.accepted();
                            });
            assertEquals(0, joined.stream().mapToLong(Witness::restarts).sum());
            assertEquals(0, row.resyncs());
            assertTrue(connections[0] >= 2L * joined.size(), "connections: " + connections[0]);
        }
    }

    private static boolean isLive(Subscription one, FaultyProxy proxy, int[] ports, Random random) {
        int next = ports[(int) (proxy.accepted() % 2)];
        proxy.retarget(next);
        if (one.state() == Subscription.State.WAITING) {
            proxy.cutAfter(50_000 + random.nextInt(200_000));
        }
        return one.state() == Subscription.State.LIVE;
    }
}
