package org.freelims.sync.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PostgresForTestsTest {
    @Test
    void freshDatabase_twice_areApart() {
        var one = PostgresForTests.freshDatabase();
        var other = PostgresForTests.freshDatabase();

        one.execute("CREATE TABLE here(id int)");

        assertNotEquals(one.name(), other.name());
        assertThrows(IllegalStateException.class, () -> other.execute("SELECT * FROM here"));
    }

    @Test
    void leftover_ofALivingJvm_isNotTouched(@TempDir Path directory) throws Exception {
        String prefix = "freelims-sync-test-postgres-";
        Process gone =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        gone.waitFor();

        Path dead = Files.createDirectory(directory.resolve(prefix + gone.pid() + "-1"));
        Path alive =
                Files.createDirectory(
                        directory.resolve(prefix + ProcessHandle.current().pid() + "-1"));

        assertTrue(PostgresForTests.isNobodys(dead));
        assertFalse(PostgresForTests.isNobodys(alive));
        assertFalse(PostgresForTests.isNobodys(Files.createDirectory(directory.resolve("x"))));
    }

    @Test
    void freshDatabase_settings_areThoseOfARealOne() throws SQLException {
        try (var connection = PostgresForTests.freshDatabase().connect();
                var statement = connection.createStatement();
                var row =
                        statement.executeQuery(
                                "SELECT current_setting('server_encoding'),"
                                        + " current_setting('data_checksums'),"
                                        + " current_setting('password_encryption'), lower('ÄÖ'),"
                                        + " version()")) {
            assertTrue(row.next());
            assertEquals("UTF8", row.getString(1));
            assertEquals("on", row.getString(2));
            assertEquals("scram-sha-256", row.getString(3));
            assertEquals("äö", row.getString(4));
            assertTrue(row.getString(5).startsWith("PostgreSQL 18"));
        }
    }
}
