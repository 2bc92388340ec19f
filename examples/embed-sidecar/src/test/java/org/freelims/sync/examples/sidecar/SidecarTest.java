package org.freelims.sync.examples.sidecar;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.freelims.sync.access.Principal;
import org.freelims.sync.client.SyncClient;
import org.freelims.sync.log.Change;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.server.embedded.EmbeddedPostgres;
import org.freelims.sync.server.postgres.PostgresSync;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SidecarTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir static Path directory;
    private static EmbeddedPostgres postgres;
    private static HikariDataSource pool;

    @BeforeAll
    static void start() {
        postgres = EmbeddedPostgres.builder().dataDir(directory.resolve("postgres")).start();
        pool = TryIt.pool(postgres);
    }

    @AfterAll
    static void stop() {
        pool.close();
        postgres.close();
    }

    @Test
    void change_inTheOtherDatabase_arrivesAtAClient() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        try (Lims lims = new Lims("arrives");
                Sidecar sidecar =
                        new Sidecar(
                                new JdbcOutbox(lims.source()),
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
                    client.subscribe("samples", StartFrom.now(), change -> told.add(change.id()));
            client.connect().join();
            samples.ready().join();

            for (int id = 1; id <= 1200; id++) {
                lims.create(id);
            }

            await().atMost(SOON).until(() -> told.size() >= 1200);
            assertEquals(IntStream.rangeClosed(1, 1200).mapToObj(Integer::toString).toList(), told);
        }
    }

    /** An outbox whose database fails at the worst moment, as often as it is told. */
    private static final class Failing implements Outbox {
        private final Outbox real;
        private int failuresBefore;
        private int failuresAfter;

        Failing(Outbox real) {
            this.real = real;
        }

        @Override
        public List<Entry> read(int limit) throws SQLException {
            return real.read(limit);
        }

        @Override
        public void remove(List<Long> numbers) throws SQLException {
            if (failuresBefore > 0) {
                failuresBefore--;
                throw new SQLException("gone before it was removed");
            }
            real.remove(numbers);
            if (failuresAfter > 0) {
                failuresAfter--;
                throw new SQLException("gone after it was removed");
            }
        }
    }

    @Test
    void relay_interruptedAnywhere_tellsEachChangeOnce() throws Exception {
        try (Lims lims = new Lims("once");
                PostgresSync sync = log()) {
            Failing outbox = new Failing(new JdbcOutbox(lims.source()));
            OutboxRelay relay = new OutboxRelay(outbox, pool, sync.publisher());
            Position start = sync.log().head();
            lims.create(1);
            outbox.failuresBefore = 2;
            assertThrows(SQLException.class, relay::relay);
            lims.create(2);
            assertThrows(SQLException.class, relay::relay);
            assertEquals(2, relay.relay());
            lims.create(3);
            outbox.failuresAfter = 1;
            assertThrows(SQLException.class, relay::relay);
            assertEquals(0, relay.relay());
            assertEquals(0, notes());
            assertEquals(List.of("1", "2", "3"), told(sync, start, 3));
        }
    }

    @Test
    void entry_committedLateWithALowerNumber_isToldAllTheSame() throws Exception {
        try (Lims lims = new Lims("late");
                PostgresSync sync = log();
                Connection slow = lims.source().getConnection()) {
            OutboxRelay relay =
                    new OutboxRelay(new JdbcOutbox(lims.source()), pool, sync.publisher());
            Position start = sync.log().head();
            slow.setAutoCommit(false);
            Lims.create(slow, 1);
            lims.create(2);
            assertEquals(1, relay.relay());
            slow.commit();
            assertEquals(1, relay.relay());
            assertEquals(List.of("2", "1"), told(sync, start, 2));
        }
    }

    private static PostgresSync log() {
        PostgresSync sync =
                PostgresSync.builder().dataSource(pool).published(Set.of("samples")).build();
        sync.start();
        return sync;
    }

    private static List<String> told(PostgresSync sync, Position start, int count) {
        List<String> ids = new ArrayList<>();
        await().atMost(SOON).until(() -> sync.log().head().offset() - start.offset() >= count);
        for (Change change : sync.log().readAfter(start, 100)) {
            ids.add(change.id());
        }
        return ids;
    }

    private static int notes() throws SQLException {
        try (Connection connection = pool.getConnection();
                var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT count(*) FROM sidecar_relayed")) {
            row.next();
            return row.getInt(1);
        }
    }
}
