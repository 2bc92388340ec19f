package org.freelims.sync.server.faults;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.freelims.sync.transport.FaultyProxy;
import org.freelims.sync.transport.FaultyProxy.Direction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can happen between the server and its clients. */
class NetworkFaultsTest {
    private static final int CLIENTS = 4;

    @TempDir Path dir;
    private FaultBench bench;
    private FaultNode node;
    private FaultyProxy proxy;

    @BeforeEach
    void start() throws Exception {
        bench = new FaultBench(dir);
        node = bench.node("node");
        proxy = bench.proxy(node.port());
        bench.witnesses(CLIENTS, proxy.port());
    }

    @AfterEach
    void stop() throws Exception {
        bench.close();
    }

    private void run(String name, int times, FaultBench.Fault fault) throws Exception {
        FaultTable.Row row = bench.run(name, times * FaultBench.SCALE, fault);
        assertEquals(0, row.resyncs());
    }

    @Test
    void connections_resetAndRefused_loseNothing() throws Exception {
        run(
                "all clients cut at once, then refused for a while",
                5,
                time -> {
                    proxy.refuse(true);
                    proxy.cut();
                    bench.awaitWriting();
                    proxy.refuse(false);
                });
    }

    @Test
    void connection_lostAtAnyByte_losesNothing() throws Exception {
        Random random = new Random(1);
        run(
                "a connection reset after a random number of bytes",
                25,
                time -> proxy.cutAfter(1 + random.nextInt(20_000)));
    }

    @Test
    void network_silentTowardsClients_isNoticedAndLosesNothing() throws Exception {
        oneWay("network silent towards the clients", Direction.TO_CLIENT);
    }

    @Test
    void network_silentTowardsServer_isNoticedAndLosesNothing() throws Exception {
        oneWay("network silent towards the server", Direction.TO_SERVER);
    }

    /** Until every client has given its connection up: it must not wait for ever. */
    private void oneWay(String name, Direction way) throws Exception {
        run(
                name,
                2,
                time -> {
                    long before = proxy.accepted();
                    proxy.stall(way);
                    await().atMost(FaultBench.PATIENCE)
                            .until(() -> proxy.accepted() >= before + CLIENTS);
                    proxy.resume();
                    proxy.cut();
                });
    }

    @Test
    void network_slow_losesNothing() throws Exception {
        run(
                "every chunk delayed, by a time that changes",
                4,
                time -> proxy.delay(Duration.ofMillis(time % 2 == 0 ? 40 : 5)));
    }

    @Test
    void connections_halfClosed_loseNothing() throws Exception {
        run(
                "one half of each connection closed, in turns",
                6,
                time -> proxy.halfClose(time % 2 == 0 ? Direction.TO_CLIENT : Direction.TO_SERVER));
    }
}
