package org.freelims.sync.server.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.freelims.sync.transport.FaultyProxy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What can happen to servers, each a process of its own. {@code -Dfaults.kills} sets how often one
 * is killed.
 */
class ServerFaultsTest {
    private static final int KILLS = Integer.getInteger("faults.kills", 4 * FaultBench.SCALE);

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

    private static void kill(Process process) throws InterruptedException {
        process.destroyForcibly();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    }

    @Test
    void server_killedAgainAndAgain_losesNothing() throws Exception {
        int port = FaultBench.freePort();
        Process[] running = {bench.process("server", port)};
        bench.witnesses(4, port);
        FaultTable.Row row =
                bench.run(
                        "server: kill -9, started again",
                        KILLS,
                        time -> {
                            kill(running[0]);
                            bench.awaitWriting();
                            running[0] = bench.process("server", port);
                        });
        assertEquals(0, row.resyncs());
    }

    @Test
    void nodes_restartedInTurn_resumeOnTheOtherWithoutResync() throws Exception {
        int[] ports = {FaultBench.freePort(), FaultBench.freePort()};
        Process[] nodes = {
            bench.process("node one", ports[0]), bench.process("node two", ports[1])
        };
        FaultyProxy[] doors = {bench.proxy(ports[0]), bench.proxy(ports[1])};
        bench.witnesses(2, doors[0].port());
        bench.witnesses(2, doors[1].port());
        FaultTable.Row row =
                bench.run(
                        "two nodes restarted in turn; clients go on at the other",
                        2 * FaultBench.SCALE,
                        time -> {
                            int leaving = time % 2;
                            int staying = 1 - leaving;
                            doors[leaving].retarget(ports[staying]);
                            nodes[leaving].destroy();
                            assertTrue(nodes[leaving].waitFor(30, TimeUnit.SECONDS));
                            bench.awaitProgress();
                            nodes[leaving] =
                                    bench.process(
                                            "node " + (leaving == 0 ? "one" : "two"),
                                            ports[leaving]);
                            doors[leaving].retarget(ports[leaving]);
                            doors[leaving].cut();
                        });
        assertEquals(0, row.resyncs());
    }

    @Test
    void node_frozen_holdsNobodyElseUpAndLosesNothing() throws Exception {
        int[] ports = {FaultBench.freePort(), FaultBench.freePort()};
        Process frozen = bench.process("node one", ports[0]);
        bench.process("node two", ports[1]);
        FaultyProxy door = bench.proxy(ports[0]);
        bench.witnesses(2, door.port());
        bench.witnesses(2, ports[1]);
        FaultTable.Row row =
                bench.run(
                        "one of two nodes frozen (SIGSTOP); its clients go to the other",
                        2 * FaultBench.SCALE,
                        time -> {
                            FaultBench.signal(frozen, "STOP");
                            door.retarget(ports[1]);
                            // its clients notice the silence by themselves
                            bench.awaitLasting();
                            FaultBench.signal(frozen, "CONT");
                            door.retarget(ports[0]);
                            door.cut();
                        });
        assertEquals(0, row.resyncs());
    }
}
