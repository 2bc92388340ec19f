package org.freelims.sync.server.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.log.InMemoryChangeLog.Write;
import org.freelims.sync.log.SnapshotSource;
import org.freelims.sync.log.SnapshotSourceContract;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class PostgresSnapshotSourceTest {
    /** The contract's resources as captured tables. */
    private static final class Tables implements SnapshotSourceContract.Subject {
        private final PostgresChangeLogTest.Running running = PostgresChangeLogTest.Running.start();
        private final ThreadLocal<Connection> writer =
                ThreadLocal.withInitial(() -> running.database().connect());

        Tables() {
            running.execute(
                    "CREATE TABLE item (id int PRIMARY KEY, n int); CREATE TABLE box (id int"
                            + " PRIMARY KEY, n int)");
            running.sync().capture().install("item", CaptureOptions.resource("item"));
            running.sync().capture().install("box", CaptureOptions.resource("box"));
        }

        @Override
        public SnapshotSource source() {
            return running.sync().snapshots();
        }

        @Override
        public ChangeLog log() {
            return running.sync().log();
        }

        @Override
        public void commit(List<Write> writes) {
            try {
                Connection connection = writer.get();
                connection.setAutoCommit(false);
                for (Write write : writes) {
                    write(connection, write);
                }
                connection.commit();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        private static void write(Connection connection, Write write) throws SQLException {
            // "box" alone is one of PostgreSQL's types
            String table = "public." + write.resource();
            String sql =
                    switch (write.action()) {
                        case CREATE ->
                                "INSERT INTO %s SELECT * FROM json_populate_record(null::%s,"
                                        + " ?::json)";
                        case UPDATE ->
                                "UPDATE %s t SET n = r.n FROM json_populate_record(null::%s,"
                                        + " ?::json) r WHERE t.id = r.id";
                        case DELETE ->
                                "DELETE FROM %s t USING json_populate_record(null::%s, ?::json) r"
                                        + " WHERE t.id = r.id";
                        case TRUNCATE -> "TRUNCATE %s";
                    };
            try (PreparedStatement statement =
                    connection.prepareStatement(sql.formatted(table, table))) {
                if (sql.contains("?")) {
                    statement.setString(1, write.data());
                }
                statement.execute();
            }
        }

        @Override
        public void close() {
            running.close();
            running.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
                            + " current_database() AND pid <> pg_backend_pid()");
        }
    }

    @Nested
    class Contract extends SnapshotSourceContract {
        @Override
        protected Subject newSubject() {
            return new Tables();
        }
    }

    private static List<SnapshotSource.Row> all(SnapshotSource.Snapshot snapshot) {
        List<SnapshotSource.Row> rows = new ArrayList<>();
        for (List<SnapshotSource.Row> page = snapshot.next(100);
                !page.isEmpty();
                page = snapshot.next(100)) {
            rows.addAll(page);
        }
        return rows;
    }

    @Test
    void open_resourceWithoutTable_isUnavailableForGood() {
        try (Tables tables = new Tables()) {
            SyncException e =
                    assertThrows(SyncException.class, () -> tables.source().open(List.of("none")));
            assertEquals(ErrorCode.SNAPSHOT_UNAVAILABLE, e.code());
        }
    }

    @Test
    void open_excludedColumnsCompositeKeyAndOddValues_areAsCaptureHasThem() {
        try (PostgresChangeLogTest.Running running = PostgresChangeLogTest.Running.start()) {
            running.execute(
                    "CREATE TABLE \"Odd \"\"Table\" (\"a b\" text, n int, secret text, at"
                            + " timestamptz, d double precision, PRIMARY KEY (n, \"a b\"))");
            running.sync()
                    .capture()
                    .install(
                            "\"Odd \"\"Table\"",
                            CaptureOptions.resource("odd").excluding("secret"));
            running.execute(
                    "SET timezone = 'Asia/Tokyo'; SET extra_float_digits = -3;"
                            + " INSERT INTO \"Odd \"\"Table\" VALUES ('x,y\\z', 1, 'hush',"
                            + " '2026-02-28T12:00:00.123456Z', 0.1::float8 + 0.2::float8)");
            var change = running.changes().get(0);
            assertEquals("1,x\\,y\\\\z", change.id());
            try (SnapshotSource.Snapshot snapshot =
                    running.sync().snapshots().open(List.of("odd"))) {
                assertEquals(
                        List.of(new SnapshotSource.Row("odd", change.id(), change.data())),
                        all(snapshot));
            }
            try (SnapshotSource.Snapshot snapshot =
                    running.sync().snapshots().open("odd", change.id())) {
                assertEquals(change.data(), all(snapshot).get(0).data());
            }
            assertEquals(
                    "{\"a b\":\"x,y\\\\z\",\"n\":1,\"at\":\"2026-02-28T12:00:00.123456+00:00\","
                            + "\"d\":0.30000000000000004}",
                    change.data());
        }
    }

    @Test
    void rule4_reopen_keysOfAllKinds_ordersAsTheDatabaseDoes() {
        try (PostgresChangeLogTest.Running running = PostgresChangeLogTest.Running.start()) {
            running.execute(
                    "CREATE TABLE texts (id text PRIMARY KEY, n int); CREATE TABLE uuids (id uuid"
                            + " PRIMARY KEY, n int); CREATE TABLE pairs (a int, b text, n int,"
                            + " PRIMARY KEY (a, b)); CREATE TABLE bigs (id bigint PRIMARY KEY, n"
                            + " int)");
            List<String> resources = List.of("bigs", "pairs", "texts", "uuids");
            for (String table : resources) {
                running.sync().capture().install(table, CaptureOptions.resource(table));
            }
            running.execute(
                    "INSERT INTO texts SELECT id, 1 FROM unnest(ARRAY['a', 'B', 'b', 'A', 'é', 'z',"
                        + " '\uFFFD', '\uD834\uDD1E', '10', '9', ' ', 'a b', 'a/b']) id; INSERT"
                        + " INTO uuids SELECT gen_random_uuid(), i FROM generate_series(1, 9) i;"
                        + " INSERT INTO pairs SELECT i % 12, 'x,' || i, i FROM generate_series(1,"
                        + " 15) i; INSERT INTO bigs SELECT i::bigint * 1000000007, i FROM"
                        + " generate_series(-5, 5) i");
            var source = running.sync().snapshots();
            try (SnapshotSource.Snapshot whole = source.open(resources)) {
                List<SnapshotSource.Row> rows = all(whole);
                assertEquals(13 + 9 + 15 + 11, rows.size());
                for (String table : resources) {
                    // some rows go, others change, and what is new is not told
                    running.execute(
                            "DELETE FROM %s WHERE n %% 3 = 0; UPDATE %s SET n = n + 100 WHERE n %% 3 = 1"
                                    .formatted(table, table));
                }
                running.execute("INSERT INTO texts VALUES ('a0', 7), ('Z', 7), ('\uE000', 7)");
                for (int i = 0; i < rows.size(); i += 1 + i % 3) {
                    String place = whole.placeAfter(rows.get(i)).orElseThrow();
                    try (SnapshotSource.Snapshot rest =
                            source.reopen(resources, whole.position(), place)) {
                        assertEquals(rows.subList(i + 1, rows.size()), all(rest), place);
                    }
                }
            }
        }
    }

    /** Clients hand places back, and could hand back anything. */
    @Test
    void reopen_placeThatNoServerTold_isLostAndNoFailure() {
        try (PostgresChangeLogTest.Running running = PostgresChangeLogTest.Running.start()) {
            running.execute(
                    "CREATE TABLE ints (id int PRIMARY KEY, n int); CREATE TABLE uuids (id uuid"
                            + " PRIMARY KEY); CREATE TABLE texts (id text PRIMARY KEY)");
            List<String> resources = List.of("ints", "texts", "uuids");
            for (String table : resources) {
                running.sync().capture().install(table, CaptureOptions.resource(table));
            }
            running.execute(
                    "INSERT INTO ints VALUES (1, 1), (2, 1); INSERT INTO texts VALUES ('a')");
            SnapshotSource source = running.sync().snapshots();
            try (SnapshotSource.Snapshot whole = source.open(resources)) {
                running.execute("UPDATE ints SET n = 2"); // so that there is something to undo
                for (String place :
                        List.of(
                                "",
                                "/",
                                "ints",
                                "ints/",
                                "ints/n",
                                "ints/nx",
                                "ints/n1.5",
                                "ints/n99999999999",
                                "ints/n9223372036854775808",
                                "ints/n" + "9".repeat(900),
                                "ints/t1",
                                "ints/x1",
                                "nothing/n1",
                                "texts/ta\0",
                                "texts/n1",
                                "uuids/u1",
                                "uuids/u1' OR '1'='1",
                                "uuids/t1")) {
                    SyncException lost =
                            assertThrows(
                                    SyncException.class,
                                    () -> source.reopen(resources, whole.position(), place),
                                    place);
                    assertEquals(ErrorCode.POSITION_LOST, lost.code(), place);
                }
                for (String place : List.of("ints/n2", "texts/t\uD800", "texts/t'")) {
                    source.reopen(resources, whole.position(), place).close();
                }
            }
        }
    }

    @Test
    void open_moreRowsThanMemoryHolds_goesThroughAFileThatIsGoneAfterwards(
            @org.junit.jupiter.api.io.TempDir java.nio.file.Path directory) throws Exception {
        try (Spool spool = new Spool(directory, 1000)) {
            for (int i = 0; i < 500; i++) {
                spool.add(i % 3, "id" + i, "{\"ä\":" + i + "}");
            }
            try (var files = java.nio.file.Files.list(directory)) {
                assertEquals(1, files.count());
            }
            for (int i = 0; i < 500; i++) {
                assertEquals(
                        new Spool.Entry(i % 3, "id" + i, "{\"ä\":" + i + "}"),
                        spool.next().orElseThrow());
            }
            assertEquals(java.util.Optional.empty(), spool.next());
        }
        try (var files = java.nio.file.Files.list(directory)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void open_rowSecurityHidesRows_failsInsteadOfLeavingThemOut() throws SQLException {
        try (PostgresChangeLogTest.Running running = PostgresChangeLogTest.Running.start()) {
            String role = "sync_" + running.database().name();
            running.execute(
                    "CREATE ROLE %s LOGIN PASSWORD 'p'; CREATE TABLE t (id int PRIMARY KEY);"
                                    .formatted(role)
                            + " ALTER TABLE t ENABLE ROW LEVEL SECURITY; INSERT INTO t VALUES (1);"
                            + " GRANT SELECT ON t TO %s; GRANT USAGE ON SCHEMA freelims_sync TO %s;"
                                    .formatted(role, role)
                            + " GRANT SELECT ON ALL TABLES IN SCHEMA freelims_sync TO "
                            + role);
            running.sync().capture().install("t", CaptureOptions.resource("t"));
            var source = new org.postgresql.ds.PGSimpleDataSource();
            source.setUrl(running.database().url());
            source.setUser(role);
            source.setPassword("p");
            var snapshots =
                    PostgresSync.builder().dataSource(source).relay(false).build().snapshots();
            SyncException e = assertThrows(SyncException.class, () -> snapshots.open(List.of("t")));
            assertEquals(ErrorCode.SNAPSHOT_UNAVAILABLE, e.code());
        }
    }
}
