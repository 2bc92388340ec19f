package org.freelims.sync.server.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.freelims.sync.log.Change;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.log.ChangeLogContract;
import org.freelims.sync.log.InMemoryChangeLog.Write;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.server.PostgresForTests;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class PostgresChangeLogTest {
    /** A fresh database and a running {@link PostgresSync} on it. */
    record Running(PostgresForTests.Database database, PostgresSync sync)
            implements ChangeLogContract.Subject {
        static Running start() {
            PostgresForTests.Database database = PostgresForTests.freshDatabase();
            PostgresSync sync =
                    PostgresSync.builder()
                            .dataSource(database.dataSource())
                            .retention(Retention.forever())
                            .build();
            sync.start();
            return new Running(database, sync);
        }

        @Override
        public ChangeLog log() {
            return sync.log();
        }

        @Override
        public void commit(List<Write> writes) {
            try (Connection connection = database.connect()) {
                connection.setAutoCommit(false);
                Publication publication = sync.publisher().collect(connection);
                for (Write write : writes) {
                    publication.add(
                            write.resource(),
                            write.id(),
                            write.action(),
                            write.data(),
                            write.before());
                }
                publication.flush();
                connection.commit();
                sync.publisher().committed();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
            awaitLogged();
        }

        void awaitLogged() {
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(2))
                    .atMost(Duration.ofSeconds(20))
                    .ignoreExceptionsInstanceOf(SyncException.class)
                    .until(() -> sync.status().waiting() == 0);
        }

        List<Change> changes() {
            awaitLogged();
            return sync.log().readAfter(Position.of(sync.log().head().epoch(), 0), 100_000);
        }

        void execute(String sql) {
            database.execute(sql);
        }

        @Override
        public void expireThrough(long offset) {
            // by size: what is left may hold as much as was written after that offset
            database.execute(
                    "SELECT freelims_sync.expire(NULL, (SELECT h.bytes - l.bytes FROM"
                            + " freelims_sync.head h, freelims_sync.log l WHERE l.off = "
                            + offset
                            + "))");
        }

        @Override
        public void close() {
            sync.close();
        }
    }

    @Nested
    class Contract extends ChangeLogContract {
        @Override
        protected Subject newSubject() {
            return Running.start();
        }
    }

    private static Write create(int id) {
        return Write.create("item", String.valueOf(id), "{\"id\":" + id + "}");
    }

    @Test
    void rule7_newEpoch_olderPositionsAreLost() {
        try (Running running = Running.start()) {
            running.commit(List.of(create(1)));
            Position before = running.log().head();
            String epoch = running.sync().startNewEpoch();
            assertEquals(epoch, running.log().head().epoch());
            assertEquals(1, running.log().head().offset());
            SyncException e =
                    assertThrows(SyncException.class, () -> running.log().readAfter(before, 1));
            assertEquals(ErrorCode.POSITION_LOST, e.code());
        }
    }

    @Test
    void start_dumpRestoredIntoAnotherCluster_beginsANewEpochAndLosesNothing() {
        try (Running running = Running.start()) {
            running.commit(List.of(create(1)));
            Position before = running.log().head();
            running.sync().close();
            running.execute(
                    "UPDATE freelims_sync.head SET cluster = '1', low_next_tx = '99999999999';"
                            + "INSERT INTO freelims_sync.outbox (tx, resource, id, action, data,"
                            + " before) VALUES ('88888888888', 'item', '2', 'create', '{}', '{}')");
            PostgresSync restored =
                    PostgresSync.builder().dataSource(running.database().dataSource()).build();
            try {
                restored.start();
                Awaitility.await().until(() -> restored.log().head().offset() == 2);
                SyncException e =
                        assertThrows(
                                SyncException.class, () -> restored.log().readAfter(before, 1));
                assertEquals(ErrorCode.POSITION_LOST, e.code());
            } finally {
                restored.close();
            }
        }
    }

    @Test
    void relay_byAnotherNode_isHeardOfByNotification() {
        try (Running running = Running.start()) {
            PostgresSync tail =
                    PostgresSync.builder()
                            .dataSource(running.database().dataSource())
                            .relay(false)
                            .build();
            try {
                tail.start();
                AtomicInteger calls = new AtomicInteger();
                tail.log().onAppend(calls::incrementAndGet);
                Awaitility.await().until(() -> calls.get() > 0);
                running.commit(List.of(create(1)));
                int before = calls.get();
                running.commit(List.of(create(2)));
                Awaitility.await().until(() -> calls.get() > before);
                assertEquals(2, tail.log().head().offset());
            } finally {
                tail.close();
            }
        }
    }

    @Test
    void connectionsTerminated_areReplaced() throws SQLException {
        try (Running running = Running.start()) {
            running.commit(List.of(create(1)));
            try (Connection connection = running.database().connect();
                    Statement statement = connection.createStatement()) {
                statement.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
                                + " current_database() AND pid <> pg_backend_pid()");
            }
            AtomicInteger calls = new AtomicInteger();
            running.log().onAppend(calls::incrementAndGet);
            running.commit(List.of(create(2)));
            assertEquals(List.of("1", "2"), running.changes().stream().map(Change::id).toList());
            Awaitility.await().until(() -> calls.get() > 0);
        }
    }

    @Test
    void readAfter_databaseGone_failsWithUnavailable() {
        PostgresForTests.Database database = PostgresForTests.freshDatabase();
        PostgresSync sync = PostgresSync.builder().dataSource(database.dataSource()).build();
        sync.start();
        sync.close();
        SyncException e = assertThrows(SyncException.class, () -> sync.log().head());
        assertEquals(ErrorCode.UNAVAILABLE, e.code());
    }

    @Test
    void readAfter_largeRows_pagesByBytes() {
        try (Running running = Running.start()) {
            String large = "{\"x\":\"" + "y".repeat(3 << 20) + "\"}";
            for (int id = 1; id <= 5; id++) {
                running.commit(List.of(Write.create("item", String.valueOf(id), large)));
            }
            Position at = Position.of(running.log().head().epoch(), 0);
            List<Change> page = running.log().readAfter(at, 1000);
            assertEquals(2, page.size());
            int read = page.size();
            while (!page.isEmpty()) {
                page = running.log().readAfter(page.get(page.size() - 1).position(), 1000);
                read += page.size();
            }
            assertEquals(5, read);
        }
    }

    @Test
    void expire_byAge_forgetsOnlyWholeOldTransactions() {
        try (Running running = Running.start()) {
            running.commit(List.of(create(1), create(2)));
            running.commit(List.of(create(3), create(4)));
            running.execute(
                    "UPDATE freelims_sync.log SET at = now() - interval '3 hours' WHERE off <= 3");
            PostgresSync other =
                    PostgresSync.builder()
                            .dataSource(running.database().dataSource())
                            .retention(
                                    new Retention(
                                            java.util.Optional.of(Duration.ofHours(2)),
                                            java.util.Optional.empty()))
                            .build();
            assertEquals(2, other.expire());
            assertEquals(0, other.expire());
            assertEquals(2, running.log().oldest().offset());
            other.close();
        }
    }

    @Test
    void expire_transactionLargerThanABatch_goesAsAWhole() {
        try (Running running = Running.start()) {
            running.commit(
                    java.util.stream.IntStream.range(0, 50).mapToObj(i -> create(i)).toList());
            running.commit(List.of(create(100)));
            running.execute("SELECT freelims_sync.expire(NULL, 1, 3)");
            assertEquals(50, running.log().oldest().offset());
        }
    }

    @Test
    void relay_transactionLargerThanTheWindow_isMovedAsAWhole() {
        try (Running running = Running.start()) {
            running.commit(
                    java.util.stream.IntStream.range(0, 5000).mapToObj(i -> create(i)).toList());
            List<Change> changes = running.changes();
            assertEquals(5000, changes.size());
            assertEquals(1, changes.stream().map(Change::tx).distinct().count());
            assertEquals(1, changes.stream().filter(Change::txLast).count());
        }
    }

    @Test
    void verifier_goodLog_findsNothing() {
        try (Running running = Running.start()) {
            running.commit(List.of(create(1), create(2)));
            running.commit(
                    List.of(
                            Write.update("item", "Ä😀", "{\"a\":\"Ä😀\"}", "{\"a\":null}"),
                            Write.truncate("item")));
            ChainVerifier.Result result = running.sync().verifier().verify(n -> {});
            assertEquals(new ChainVerifier.Result(4, 0, java.util.Optional.empty()), result);
            running.expireThrough(2);
            assertEquals(2, running.sync().verifier().verify(n -> {}).entries());
            assertEquals(1, running.sync().erase("item", "Ä😀"));
            result = running.sync().verifier().verify(n -> {});
            assertEquals(new ChainVerifier.Result(2, 1, java.util.Optional.empty()), result);
        }
    }

    @Test
    void verifier_anyColumnChanged_namesTheEntry() {
        try (Running running = Running.start()) {
            for (int id = 1; id <= 4; id++) {
                running.commit(List.of(create(id)));
            }
            for (String change :
                    List.of(
                            "data = '{\"id\":9}'",
                            "before = '{\"id\":9}'",
                            "id = '9'",
                            "resource = 'x'",
                            "action = 'delete'",
                            "actor = ''",
                            "reason = 'x'",
                            "tx_last = false",
                            "at = at + interval '1 microsecond'",
                            "seq = seq + 100",
                            "tx = '5'",
                            "payload_sha256 = sha256('x')",
                            "hash = sha256('x')")) {
                assertEquals(
                        2L,
                        brokenAfter(
                                running,
                                "UPDATE freelims_sync.log SET %s WHERE off = 2".formatted(change)),
                        change);
            }
            assertEquals(3L, brokenAfter(running, "DELETE FROM freelims_sync.log WHERE off = 3"));
            assertEquals(5L, brokenAfter(running, "UPDATE freelims_sync.head SET off = 9"));
            assertEquals(4L, brokenAfter(running, "DELETE FROM freelims_sync.log WHERE off = 4"));
        }
    }

    /** Does harm, verifies, and repairs. */
    private static long brokenAfter(Running running, String harm) {
        running.execute(
                "CREATE TABLE keep_log AS SELECT * FROM freelims_sync.log;"
                        + " CREATE TABLE keep_head AS SELECT * FROM freelims_sync.head;"
                        + harm);
        try {
            return running.sync().verifier().verify(n -> {}).broken().orElseThrow().offset();
        } finally {
            running.execute(
                    "DELETE FROM freelims_sync.log; INSERT INTO freelims_sync.log SELECT * FROM"
                        + " keep_log; UPDATE freelims_sync.head h SET off = k.off FROM keep_head k;"
                        + " DROP TABLE keep_log, keep_head");
        }
    }

    @Test
    void publish_rolledBack_isNotDelivered() throws SQLException {
        try (Running running = Running.start();
                Connection connection = running.database().connect()) {
            connection.setAutoCommit(false);
            Publisher publisher = running.sync().publisher();
            publisher.publish(connection, "item", "1", Action.CREATE, "{}", "{}");
            connection.rollback();
            var savepoint = connection.setSavepoint();
            publisher.publish(connection, "item", "2", Action.CREATE, "{}", "{}");
            connection.rollback(savepoint);
            publisher.publish(connection, "item", "3", Action.CREATE, "{}", "{}");
            connection.commit();
            assertEquals(List.of("3"), running.changes().stream().map(Change::id).toList());
        }
    }

    @Test
    void publish_wrongInput_saysWhatAndPublishesNothing() throws SQLException {
        try (Running running = Running.start();
                Connection connection = running.database().connect()) {
            Publisher publisher = running.sync().publisher();
            IllegalStateException autoCommit =
                    assertThrows(
                            IllegalStateException.class,
                            () ->
                                    publisher.publish(
                                            connection, "item", "1", Action.CREATE, "{}", "{}"));
            assertTrue(String.valueOf(autoCommit.getMessage()).contains("auto-commit"));
            connection.setAutoCommit(false);
            for (String[] bad :
                    new String[][] {
                        {"it em", "1", "{}"},
                        {"item", "", "{}"},
                        {"item", "1", "[1]"},
                        {"item", "1", "{"},
                        {"item", "\0", "{}"}
                    }) {
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                publisher.publish(
                                        connection, bad[0], bad[1], Action.CREATE, bad[2], "{}"));
            }
            connection.commit();
            assertEquals(List.of(), running.changes());
        }
    }
}
