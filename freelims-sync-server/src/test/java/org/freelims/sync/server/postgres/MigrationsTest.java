package org.freelims.sync.server.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.freelims.sync.server.PostgresForTests;
import org.junit.jupiter.api.Test;

class MigrationsTest {
    private static final Migrations FIRST = set("first/001-shelf.sql");
    private static final Migrations SECOND =
            set("second/001-shelf.sql", "second/002-first-shelf.sql");

    private final PostgresForTests.Database database = PostgresForTests.freshDatabase();

    private static Migrations set(String... resources) {
        return Migrations.of("odd \"schema", "shelves", MigrationsTest.class, List.of(resources));
    }

    private String query(String sql) throws SQLException {
        try (Connection connection = database.connect()) {
            return query(connection, sql);
        }
    }

    private static String query(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return String.valueOf(row.getString(1));
        }
    }

    @Test
    void migrate_emptyDatabase_appliesAllOnceBesideOtherTables() throws SQLException {
        database.execute("CREATE TABLE migration (mine int); INSERT INTO migration VALUES (7)");
        assertEquals(
                List.of("001-shelf.sql", "002-first-shelf.sql"),
                SECOND.migrate(database.dataSource()));
        assertEquals(List.of(), SECOND.migrate(database.dataSource()));
        assertEquals("1", query("SELECT shelves()"));
        assertEquals("{d not-an-escape}?", query("SELECT label FROM shelf"));
        assertEquals("7", query("SELECT mine FROM migration"));
    }

    @Test
    void migrate_olderDatabase_appliesOnlyWhatIsMissing() {
        FIRST.migrate(database.dataSource());
        assertEquals(List.of("002-first-shelf.sql"), SECOND.migrate(database.dataSource()));
    }

    @Test
    void migrate_otherSetInSameSchema_isKeptApart() throws SQLException {
        FIRST.migrate(database.dataSource());
        database.execute("DROP TABLE shelf; DROP FUNCTION shelves");
        Migrations other =
                Migrations.of(
                        "odd \"schema",
                        "other",
                        MigrationsTest.class,
                        List.of("changed/001-shelf.sql"));
        assertEquals(List.of("001-shelf.sql"), other.migrate(database.dataSource()));
        assertEquals("2", query("SELECT count(*) FROM \"odd \"\"schema\".migration"));
    }

    @Test
    void migrate_changedScript_saysWhichAndChangesNothing() {
        FIRST.migrate(database.dataSource());
        DatabaseSetupException e =
                assertThrows(
                        DatabaseSetupException.class,
                        () -> set("changed/001-shelf.sql").migrate(database.dataSource()));
        assertTrue(e.getMessage().contains("Migration 1 of 'shelves' (001-shelf.sql)"));
        assertTrue(e.getMessage().contains("must not be edited"));
    }

    @Test
    void migrate_databaseNewerThanProgram_saysSo() {
        SECOND.migrate(database.dataSource());
        DatabaseSetupException e =
                assertThrows(
                        DatabaseSetupException.class, () -> FIRST.migrate(database.dataSource()));
        assertTrue(e.getMessage().contains("newer than this program"), e.getMessage());
        assertTrue(e.getMessage().contains("knows versions up to 1"), e.getMessage());
    }

    @Test
    void migrate_failingScript_leavesNothingBehind() throws SQLException {
        FIRST.migrate(database.dataSource());
        Migrations broken = set("broken/001-shelf.sql", "broken/002-box.sql");
        DatabaseSetupException e =
                assertThrows(
                        DatabaseSetupException.class, () -> broken.migrate(database.dataSource()));
        assertTrue(e.getMessage().contains("002-box.sql"), e.getMessage());
        assertEquals("null", query("SELECT to_regclass('box')"));
        assertEquals("1", query("SELECT count(*) FROM \"odd \"\"schema\".migration"));
    }

    @Test
    void migrate_manyAtOnce_appliesOnce() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(6);
        try {
            List<Future<List<String>>> runs = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                runs.add(executor.submit(() -> SECOND.migrate(database.dataSource())));
            }
            int applied = 0;
            for (Future<List<String>> run : runs) {
                applied += run.get().size();
            }
            assertEquals(2, applied);
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void migrate_withoutRightToCreateSchema_saysWhatToRun() throws SQLException {
        String role = "plain_" + database.name();
        database.execute("CREATE ROLE " + role + " LOGIN PASSWORD 'p'");
        try (Connection connection = DriverManager.getConnection(database.url(), role, "p")) {
            DatabaseSetupException e =
                    assertThrows(DatabaseSetupException.class, () -> FIRST.migrate(connection));
            assertTrue(
                    e.getMessage()
                            .contains("CREATE SCHEMA \"odd \"\"schema\" AUTHORIZATION \"" + role),
                    e.getMessage());
            database.execute("CREATE SCHEMA \"odd \"\"schema\"");
            e = assertThrows(DatabaseSetupException.class, () -> FIRST.migrate(connection));
            assertTrue(e.getMessage().contains("GRANT USAGE, CREATE ON SCHEMA"), e.getMessage());
            assertTrue(connection.getAutoCommit());
        }
    }

    @Test
    void migrate_upToDateDatabase_needsNoRightToCreate() throws SQLException {
        FIRST.migrate(database.dataSource());
        String role = "reader_" + database.name();
        database.execute(
                "CREATE ROLE %s LOGIN PASSWORD 'p'; GRANT USAGE ON SCHEMA \"odd \"\"schema\" TO %s;"
                                .formatted(role, role)
                        + "GRANT SELECT ON ALL TABLES IN SCHEMA \"odd \"\"schema\" TO "
                        + role);
        try (Connection connection = DriverManager.getConnection(database.url(), role, "p")) {
            assertEquals(List.of(), FIRST.migrate(connection));
        }
    }

    @Test
    void migrate_repeatableReadByDefault_stillSeesWhatAnotherApplied() throws Exception {
        try (Connection holder = database.connect();
                Connection late = database.connect()) {
            try (Statement statement = late.createStatement()) {
                statement.execute("SET default_transaction_isolation = 'repeatable read'");
            }
            String key =
                    "pg_advisory_xact_lock(hashtextextended('migrations of schema odd"
                            + " \"schema', 0))";
            holder.setAutoCommit(false);
            query(holder, "SELECT 1 FROM " + key);
            ExecutorService executor = Executors.newSingleThreadExecutor();
            try {
                Future<List<String>> run = executor.submit(() -> FIRST.migrate(late));
                org.awaitility.Awaitility.await()
                        .until(
                                () ->
                                        query(
                                                        "SELECT count(*) FROM pg_locks WHERE NOT"
                                                                + " granted")
                                                .equals("1"));
                // the winner's work, done while the other waits
                FIRST_UNLOCKED.run(holder);
                holder.commit();
                assertEquals(List.of(), run.get());
            } finally {
                executor.shutdownNow();
            }
        }
    }

    /** What {@link Migrations#migrate} does, on a connection that holds the lock already. */
    private interface Work {
        void run(Connection connection) throws SQLException;
    }

    private static final Work FIRST_UNLOCKED =
            connection -> {
                Connection sameTransaction =
                        (Connection)
                                Proxy.newProxyInstance(
                                        MigrationsTest.class.getClassLoader(),
                                        new Class<?>[] {Connection.class},
                                        (proxy, method, arguments) ->
                                                switch (method.getName()) {
                                                    case "commit", "setAutoCommit" -> null;
                                                    default -> method.invoke(connection, arguments);
                                                });
                assertEquals(List.of("001-shelf.sql"), FIRST.migrate(sameTransaction));
            };

    @Test
    void migrate_postgresTooOld_saysWhichIsNeeded() throws SQLException {
        try (Connection connection = database.connect()) {
            try (Statement statement = connection.createStatement()) {
                // what an old server would answer, by a function found before the real one
                statement.execute(
                        "CREATE SCHEMA old; CREATE FUNCTION old.current_setting(text) RETURNS text"
                            + " LANGUAGE sql AS $$ SELECT CASE $1 WHEN 'server_version' THEN '12.9'"
                            + " ELSE '120009' END $$; SET search_path = old, pg_catalog, public");
            }
            DatabaseSetupException e =
                    assertThrows(DatabaseSetupException.class, () -> FIRST.migrate(connection));
            assertEquals(
                    "This is PostgreSQL 12.9, but 13 or newer is needed. Upgrade the database"
                            + " server, or use another one.",
                    e.getMessage());
        }
    }

    @Test
    void migrate_databaseNotThere_saysSo() {
        DatabaseSetupException e =
                assertThrows(
                        DatabaseSetupException.class,
                        () -> {
                            var source = new org.postgresql.ds.PGSimpleDataSource();
                            source.setUrl("jdbc:postgresql://localhost:1/none");
                            FIRST.migrate(source);
                        });
        assertTrue(e.getMessage().startsWith("No connection to the database"), e.getMessage());
    }

    @Test
    void of_gapOrUnknownResource_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> set("second/002-first-shelf.sql"));
        assertThrows(IllegalArgumentException.class, () -> set("001-not-there.sql"));
        assertThrows(IllegalArgumentException.class, () -> set("first/shelf.sql"));
    }
}
