package org.freelims.sync.server.faults;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.freelims.sync.client.CursorStore;
import org.freelims.sync.client.JdbcCursorStore;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.server.faults.HandlingClient.Mode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client that dies between what it did and what it remembers of it. */
class ClientFaultsTest {
    private static final int DEATHS = 3 * FaultBench.SCALE;
    private static final int CHANGES = 20;

    @TempDir Path dir;
    private FaultBench bench;
    private FaultNode node;
    private String from = "";

    @BeforeEach
    void start() throws Exception {
        bench = new FaultBench(dir);
        bench.execute("CREATE TABLE handled (position text PRIMARY KEY, data text, at serial)");
        node = bench.node("node");
        from = node.sync().log().head().toString();
    }

    @AfterEach
    void stop() throws Exception {
        bench.close();
    }

    @Test
    void fileStore_killedBetweenHandlerAndSave_handlesAtLeastOnce() throws Exception {
        atLeastOnce(Mode.FILE, "client killed between handler and saved position (file)");
    }

    @Test
    void jdbcStore_killedBetweenHandlerAndSave_handlesAtLeastOnce() throws Exception {
        atLeastOnce(Mode.JDBC, "client killed between handler and saved position (table)");
    }

    @Test
    void jdbcStore_killedBeforeCommitOfOneTransaction_handlesExactlyOnce() throws Exception {
        run(Mode.BEFORE_COMMIT);
        judge("client killed before the commit that handles and saves", handled());
    }

    @Test
    void jdbcStore_killedAfterCommitOfOneTransaction_handlesExactlyOnce() throws Exception {
        run(Mode.AFTER_COMMIT);
        judge("client killed after the commit that handles and saves", handled());
    }

    /** A repetition has the position of the first time, which is what tells it. */
    private void atLeastOnce(Mode mode, String name) throws Exception {
        run(mode);
        List<String> journal = journal();
        List<String> once = new ArrayList<>(new LinkedHashSet<>(journal));
        assertTrue(journal.size() > once.size(), "it died where the last changes come again");
        judge(name + "; those told again not counted", once);
    }

    /** Lets it die again and again amid writing, then live until it has handled everything. */
    private void run(Mode mode) throws Exception {
        try (LedgerWriters writers =
                new LedgerWriters(bench.source("writer"), Duration.ofMillis(150))) {
            writers.start(2);
            for (int i = 0; i < DEATHS; i++) {
                Process dying = process(mode, CHANGES);
                assertTrue(dying.waitFor(60, TimeUnit.SECONDS), () -> said());
                assertEquals(137, dying.exitValue(), () -> said());
            }
        }
        Process living = process(mode, Long.MAX_VALUE);
        try {
            long all = written();
            await().atMost(FaultBench.PATIENCE)
                    .untilAsserted(() -> assertEquals(all, handledOnce(mode), this::said));
        } finally {
            living.destroyForcibly();
            assertTrue(living.waitFor(30, TimeUnit.SECONDS));
        }
    }

    private long handledOnce(Mode mode) throws Exception {
        return mode == Mode.FILE || mode == Mode.JDBC
                ? new LinkedHashSet<>(journal()).size()
                : handled().size();
    }

    private Process process(Mode mode, long changes) throws Exception {
        return HandlingClient.process(mode, node.port(), from, bench.source("client"), dir, changes)
                .start();
    }

    private String said() {
        try {
            return Files.readString(dir.resolve("client.log"));
        } catch (java.io.IOException e) {
            return e.toString();
        }
    }

    private List<String> journal() throws java.io.IOException {
        Path journal = dir.resolve("journal");
        return Files.exists(journal) ? Files.readAllLines(journal) : List.of();
    }

    private List<String> handled() throws SQLException {
        List<String> handled = new ArrayList<>();
        try (Connection connection = bench.source("judge").getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT position, data FROM handled ORDER BY at")) {
            while (rows.next()) {
                handled.add(rows.getString(1) + " " + rows.getString(2));
            }
        }
        return handled;
    }

    private long written() throws SQLException {
        try (Connection connection = bench.source("judge").getConnection()) {
            return LedgerWriters.ledger(connection).values().stream().mapToLong(n -> n).sum();
        }
    }

    private void judge(String name, List<String> handled) throws SQLException {
        Witness witness = new Witness("handler");
        for (String line : handled) {
            int space = line.indexOf(' ');
            witness.onNotification(
                    new ServerMessage.Notification(
                            "stock",
                            "stock",
                            Action.UPDATE,
                            "",
                            line.substring(space + 1),
                            Position.parse(line.substring(0, space)),
                            Position.parse(from),
                            "",
                            false,
                            Instant.EPOCH,
                            Optional.empty(),
                            Optional.empty()));
        }
        Map<Integer, Long> rows;
        try (Connection connection = bench.source("judge").getConnection()) {
            rows = LedgerWriters.versions(connection);
        }
        witness.end(rows);
        FaultTable.add(
                new FaultTable.Row(
                        name,
                        DEATHS,
                        1,
                        written(),
                        handled.size(),
                        witness.lost(),
                        witness.repeated(),
                        witness.reordered(),
                        0,
                        0));
        assertEquals(List.of(), witness.faults());
        assertEquals(written(), handled.size());
    }

    @Test
    void jdbcStore_transactionRolledBack_keepsThePositionBefore() throws Exception {
        JdbcCursorStore store = CursorStore.jdbc(bench.source("client"));
        Position first = Position.parse("e:1.a");
        Position second = Position.parse("e:2.b");
        store.save("stock", first);
        try (Connection connection = bench.source("client").getConnection()) {
            connection.setAutoCommit(false);
            assertTrue(store.save(connection, "stock", second));
            connection.rollback();
            assertEquals(Optional.of(first), store.load("stock"));
            assertTrue(store.save(connection, "stock", second));
            connection.commit();
            assertFalse(store.save(connection, "stock", second), "handled already");
            connection.rollback();
        }
        assertEquals(Optional.of(second), store.load("stock"));
        // a restored backup leads back, and must
        store.save("stock", first);
        assertEquals(Optional.of(first), store.load("stock"));
        assertEquals(Optional.empty(), store.load("tests"));
    }
}
