package org.freelims.sync.server.faults;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.freelims.sync.HeldRows;
import org.freelims.sync.access.View;
import org.freelims.sync.client.Backoff;
import org.freelims.sync.client.LiveView;
import org.freelims.sync.client.SyncClient;
import org.freelims.sync.client.ViewContents;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.postgres.CaptureOptions;
import org.freelims.sync.transport.FaultyProxy;
import org.junit.jupiter.api.Test;

/** Views of a real database over connections that are cut hold what the database held. */
class LiveViewFaultsTest {
    private static final int ROWS = 30;
    private static final BigDecimal TOTAL = new BigDecimal("3000.00");
    private static final Duration SOON = Duration.ofSeconds(60);

    /** What rows are read as. */
    record Stock(int id, BigDecimal n) {}

    private final PostgresForTests.Database database = PostgresForTests.freshDatabase();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger committed = new AtomicInteger();

    @Test
    void views_connectionsCutWhileWriting_areTheDatabaseAtTheirPosition() throws Exception {
        database.execute(
                "CREATE TABLE stock (id int PRIMARY KEY, n numeric(10,2) NOT NULL, note jsonb,"
                        + " label text, changed timestamptz NOT NULL DEFAULT now());"
                        + " INSERT INTO stock (id, n, note, label) SELECT i, 100,"
                        + " '{\"b\": [1, 2],  \"a\": 1e2}', 'µl \"' || i FROM generate_series(1, "
                        + ROWS
                        + ") i");
        try (FaultNode node = FaultNode.start(database.dataSource(), 0)) {
            node.sync().capture().install("stock", CaptureOptions.resource("stock"));
            try (FaultyProxy proxy = FaultyProxy.to(node.port());
                    SyncClient client =
                            SyncClient.builder()
                                    .uri("ws://localhost:" + proxy.port())
                                    .backoff(
                                            new Backoff(
                                                    Duration.ofMillis(20), Duration.ofMillis(200)))
                                    .listener(event -> {})
                                    .build()) {
                watch(node, proxy, client);
            }
        }
    }

    private void watch(FaultNode node, FaultyProxy proxy, SyncClient client) throws Exception {
        LiveView<Integer, Stock> all =
                LiveView.open(client, "stock", Stock.class, Integer::valueOf);
        LiveView<Integer, Stock> rich =
                LiveView.open(client, "stock?n>=100", Stock.class, Integer::valueOf);
        List<String> faults = new CopyOnWriteArrayList<>();
        AtomicInteger told = new AtomicInteger();
        all.onChange(
                change -> {
                    told.incrementAndGet();
                    if (total(change.after()).compareTo(TOTAL) != 0) {
                        faults.add("in parts at " + change.after().position());
                    }
                });
        client.connect().join();
        all.ready().join();
        rich.ready().join();

        Thread[] writers = {writer(1), writer(2)};
        for (int cut = 0; cut < 8; cut++) {
            int next = committed.get() + 40;
            await().atMost(SOON).until(() -> committed.get() >= next);
            proxy.cut();
        }
        over.set(true);
        for (Thread writer : writers) {
            writer.join();
        }

        same(node, all, "stock");
        same(node, rich, "stock?n>=100");
        assertEquals(List.of(), faults);
        assertTrue(told.get() > 20, "changes told: " + told);
        assertEquals(0, total(all.contents()).compareTo(TOTAL));
        assertTrue(rich.size() > 0 && rich.size() < ROWS, "rows in the filter: " + rich.size());
    }

    private static BigDecimal total(ViewContents<Integer, Stock> contents) {
        return contents.rows().values().stream()
                .map(Stock::n)
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static void same(FaultNode node, LiveView<Integer, Stock> view, String expression) {
        await().atMost(SOON)
                .untilAsserted(
                        () -> {
                            HeldRows server =
                                    HeldRows.of(
                                            node.sync().snapshots(), expression, View.everything());
                            ViewContents<Integer, Stock> held = view.contents();
                            assertEquals(
                                    server.position().offset(),
                                    held.position().orElseThrow().offset());
                            assertEquals(server.rows(), held.size());
                            assertEquals(server.digest(), held.digest());
                        });
    }

    /** Moves amounts between two rows, so that only whole transactions keep the total. */
    private Thread writer(int seed) {
        Random random = new Random(seed);
        Thread writer =
                new Thread(
                        () -> {
                            try (Connection connection = database.dataSource().getConnection()) {
                                connection.setAutoCommit(false);
                                while (!over.get()) {
                                    move(connection, random);
                                }
                            } catch (SQLException e) {
                                throw new IllegalStateException(e);
                            }
                        });
        writer.start();
        return writer;
    }

    private void move(Connection connection, Random random) throws SQLException {
        int from = 1 + random.nextInt(ROWS - 1);
        int to = from + 1 + random.nextInt(ROWS - from);
        BigDecimal amount = BigDecimal.valueOf(random.nextInt(5000) - 2500, 2);
        add(connection, from, amount.negate());
        add(connection, to, amount);
        connection.commit();
        committed.incrementAndGet();
    }

    private static void add(Connection connection, int id, BigDecimal amount) throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement(
                        "UPDATE stock SET n = n + ?, changed = now() WHERE id = ?")) {
            update.setBigDecimal(1, amount);
            update.setInt(2, id);
            update.executeUpdate();
        }
    }
}
