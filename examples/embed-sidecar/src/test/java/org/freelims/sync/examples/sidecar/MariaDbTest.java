package org.freelims.sync.examples.sidecar;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.freelims.sync.access.Principal;
import org.freelims.sync.client.SyncClient;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.server.embedded.EmbeddedPostgres;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application on MariaDB, with the triggers of mysql-outbox.sql as they stand. */
@Tag("e2e")
class MariaDbTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir static Path directory;
    private static EmbeddedPostgres postgres;
    private static HikariDataSource pool;
    private static MariaDb lims;

    @BeforeAll
    static void start() throws Exception {
        lims = MariaDb.start(directory);
        lims.execute("mysql", "CREATE DATABASE lims CHARACTER SET utf8mb4");
        lims.execute(
                "lims",
                "CREATE TABLE samples (id int PRIMARY KEY, name varchar(100), status varchar(20))");
        lims.execute("lims", script().split(";\\s*\\n"));
        postgres = EmbeddedPostgres.builder().dataDir(directory.resolve("postgres")).start();
        pool = TryIt.pool(postgres);
    }

    @AfterAll
    static void stop() throws Exception {
        pool.close();
        postgres.close();
        lims.close();
    }

    private static String script() throws IOException {
        try (var in = Sidecar.class.getResourceAsStream("mysql-outbox.sql")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static List<String> told(List<String> told, int count) {
        await().atMost(SOON).until(() -> told.size() >= count);
        return told;
    }

    @Test
    void changes_ofTheApplicationsTable_arriveAtAClient() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        JdbcOutbox outbox = new JdbcOutbox(lims.source("lims"));
        try (Sidecar sidecar =
                        new Sidecar(
                                outbox,
                                pool,
                                Set.of("samples"),
                                token -> Principal.of("user:" + token),
                                0);
                SyncClient client =
                        SyncClient.builder()
                                .uri("ws://localhost:" + sidecar.port())
                                .token("ada")
                                .listener(event -> {})
                                .build()) {
            var samples =
                    client.subscribe(
                            "samples",
                            StartFrom.now(),
                            change ->
                                    told.add(
                                            change.action().wire()
                                                    + " "
                                                    + change.id()
                                                    + " "
                                                    + change.data()));
            client.connect().join();
            samples.ready().join();

            lims.execute(
                    "lims",
                    "INSERT INTO samples VALUES (1, 'Bl\u00fct \"7\" \ud83e\uddea', 'received')");
            lims.execute(
                    "lims",
                    "UPDATE samples SET status = 'tested' WHERE id = 1",
                    "DELETE FROM samples WHERE id = 1");
            assertTrue(
                    told(told, 1).get(0).contains("Bl\u00fct \\\"7\\\" \ud83e\uddea"), told.get(0));
            assertEquals(
                    List.of("create 1", "update 1", "delete 1"),
                    told(told, 3).stream().map(t -> t.replaceAll(" \\{.*", "")).toList());
            assertTrue(told.get(1).contains("\"tested\""), told.get(1));
        }
    }

    @Test
    void changes_rolledBackOrOfManyTransactionsAtOnce_areToldAsCommitted() throws Exception {
        JdbcOutbox outbox = new JdbcOutbox(lims.source("lims"));
        try (Connection slow = outbox.source().getConnection();
                Statement first = slow.createStatement()) {
            slow.setAutoCommit(false);
            first.execute("INSERT INTO samples VALUES (11, 'slow', 'received')");
            lims.execute("lims", "INSERT INTO samples VALUES (12, 'fast', 'received')");
            assertEquals(List.of("12"), ids(outbox));
            slow.commit();
            assertEquals(List.of("11", "12"), ids(outbox));
            first.execute("INSERT INTO samples VALUES (13, 'never', 'received')");
            slow.rollback();
            assertEquals(List.of("11", "12"), ids(outbox));
        }
        outbox.remove(outbox.read(10).stream().map(Outbox.Entry::number).toList());
        assertEquals(List.of(), outbox.read(10));
        assertThrows(
                SQLException.class,
                () -> lims.execute("lims", "INSERT INTO samples VALUES (11, 'x', 'y')"));
    }

    private static List<String> ids(JdbcOutbox outbox) throws SQLException {
        return outbox.read(10).stream().map(Outbox.Entry::id).toList();
    }
}
