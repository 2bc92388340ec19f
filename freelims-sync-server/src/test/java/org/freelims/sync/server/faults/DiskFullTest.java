package org.freelims.sync.server.faults;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No room on the disk that the log lies on. It mounts a small disk of its own, for which it must be
 * root.
 */
@Tag("e2e")
class DiskFullTest {
    @TempDir Path dir;
    private Path small;
    private FaultBench bench;

    @BeforeEach
    void start() throws Exception {
        small = Files.createDirectory(dir.resolve("small"));
        assertEquals(
                0,
                run("mount", "-t", "tmpfs", "-o", "size=16m,mode=0700", "none", small.toString()),
                "this test mounts a tmpfs: run it as root, with the right to mount");
        bench = new FaultBench(dir);
    }

    @AfterEach
    void stop() throws Exception {
        bench.close();
        assertEquals(0, run("umount", small.toString()));
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    @Test
    void disk_full_delaysChangesAndLosesNothing() throws Exception {
        FaultNode node = bench.node("node");
        bench.witnesses(3, node.port());
        bench.execute("CREATE TABLESPACE small LOCATION '" + small + "'");
        bench.execute("ALTER TABLE freelims_sync.log SET TABLESPACE small");
        FaultTable.Row row =
                bench.run(
                        "no room on the log's disk",
                        2 * FaultBench.SCALE,
                        time -> {
                            Path ballast = fill();
                            // writers go on; what they write waits in the outbox
                            await().atMost(FaultBench.PATIENCE)
                                    .until(() -> node.sync().status().waiting() > 100);
                            Files.delete(ballast);
                        });
        assertEquals(0, row.resyncs());
    }

    @Test
    void disk_fullForWritersToo_failsTheirTransactionsAndLosesNothing() throws Exception {
        FaultNode node = bench.node("node");
        bench.witnesses(3, node.port());
        bench.execute("CREATE TABLESPACE small LOCATION '" + small + "'");
        bench.execute("ALTER TABLE freelims_sync.outbox SET TABLESPACE small");
        FaultTable.Row row =
                bench.run(
                        "no room on the outbox's disk: writers' transactions fail",
                        2 * FaultBench.SCALE,
                        time -> {
                            long before = bench.failures();
                            Path ballast = fill();
                            // rows that fit into pages there are go on being written, for a while
                            try {
                                bulk();
                            } catch (SQLException e) {
                                assertEquals("53100", e.getSQLState(), e.getMessage());
                            }
                            await().atMost(FaultBench.PATIENCE)
                                    .until(() -> bench.failures() > before + 3);
                            Files.delete(ballast);
                        });
        assertEquals(0, row.resyncs());
    }

    /** Takes what room there is in the pages that the outbox has. */
    private void bulk() throws SQLException {
        bench.execute(
                "BEGIN; INSERT INTO stock (id, version) SELECT 100000 + i, 0 FROM"
                        + " generate_series(1, 100000) i; ROLLBACK");
    }

    private Path fill() throws IOException {
        Path ballast = small.resolve("ballast");
        byte[] chunk = new byte[1 << 12];
        try (OutputStream out = Files.newOutputStream(ballast)) {
            while (true) {
                out.write(chunk);
            }
        } catch (IOException e) {
            // full, which was the aim
            return ballast;
        }
    }
}
