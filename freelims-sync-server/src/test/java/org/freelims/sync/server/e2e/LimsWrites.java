package org.freelims.sync.server.e2e;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.e2e.RealClient.Heard;

/**
 * A program that writes to a LIMS' tables by SQL, one transaction a write, and remembers in which
 * order and when. Confined to the test's thread.
 */
final class LimsWrites implements AutoCloseable {
    /** The resources that a FreeLIMS client subscribes to. */
    static final List<String> RESOURCES =
            List.of("chemicals", "locations", "inventory", "experiments", "samples", "tests");

    private static final Map<String, String> TEXT_COLUMNS =
            Map.of(
                    "chemicals", "description",
                    "locations", "description",
                    "inventory", "batch_number",
                    "experiments", "description",
                    "samples", "notes",
                    "tests", "results");

    private record Write(String resource, String action, String text, long atMs) {}

    private final Connection connection;
    private final List<Write> writes = new ArrayList<>();
    private int written;

    /** Makes one row of each table, of which nothing is remembered. */
    LimsWrites(PostgresForTests.Database database) {
        connection = database.connect();
        run(
                """
                INSERT INTO users (id, email, username, hashed_password, is_active, is_admin)
                    VALUES (1000, 'w@x', 'writer', 'x', true, false);
                INSERT INTO chemicals (id, name) VALUES (1000, 'Acetone');
                INSERT INTO locations (id, name) VALUES (1000, 'Shelf');
                INSERT INTO inventory_items (id, chemical_id, location_id, quantity, unit)
                    VALUES (1000, 1000, 1000, 1, 'g');
                INSERT INTO experiments (id, title, status, start_date, user_id)
                    VALUES (1000, 'E', 'planned', now(), 1000);
                INSERT INTO samples (id, internal_id, name, status) VALUES (1000, 'S', 'S', 'received');
                INSERT INTO tests (id, internal_id, test_id, sample_id, test_type, method, status,
                        start_date, test_date)
                    VALUES (1000, 'T', 'T', '1000', 'HPLC', 'M', 'Pending', now(), now())\
                """);
    }

    private void run(String sql) {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException("failed: " + sql, e);
        }
    }

    /** Updates that resource's row. */
    void update(String resource) {
        String text = "write " + written++;
        String table = resource.equals("inventory") ? "inventory_items" : resource;
        run(
                "UPDATE %s SET %s = '%s' WHERE id = 1000"
                        .formatted(table, TEXT_COLUMNS.get(resource), text));
        writes.add(new Write(resource, "update", text, System.currentTimeMillis()));
    }

    /** Updates every resource's row so many times, in turn. */
    void updateAll(int times) {
        for (int i = 0; i < times; i++) {
            RESOURCES.forEach(this::update);
        }
    }

    /** As {@link #updateAll}, in one transaction. */
    void updateAllAtOnce(int times) {
        run("BEGIN");
        updateAll(times);
        run("COMMIT");
    }

    int count() {
        return writes.size();
    }

    /**
     * Fails unless a client heard of exactly these writes, from the {@code from}th on, in order.
     */
    void assertHeardBy(RealClient client, int from) {
        assertEquals(
                writes.stream()
                        .skip(from)
                        .map(w -> w.resource + " " + w.action + " " + w.text)
                        .toList(),
                client.inWireOrder().stream().map(LimsWrites::text).toList(),
                client::toString);
    }

    /** As {@link #assertHeardBy}, each resource for itself: they are caught up with one by one. */
    void assertHeardByResource(RealClient client, int from) {
        for (String resource : RESOURCES) {
            String start = resource + " ";
            assertEquals(
                    writes.stream()
                            .skip(from)
                            .map(w -> w.resource + " " + w.action + " " + w.text)
                            .filter(w -> w.startsWith(start))
                            .toList(),
                    client.inWireOrder().stream()
                            .map(LimsWrites::text)
                            .filter(w -> w.startsWith(start))
                            .toList());
        }
    }

    private static String text(Heard heard) {
        JsonNode payload = heard.argument();
        String resource = payload.path("resource").asText();
        assertEquals(resource + "_updated", heard.event());
        return resource
                + " "
                + payload.path("action").asText()
                + " "
                + payload.path("data").path(TEXT_COLUMNS.getOrDefault(resource, "")).asText();
    }

    /** Returns the longest that a write took from its commit to the client's handler. */
    long worstLatencyMs(RealClient client) {
        Map<String, Long> at = new HashMap<>();
        writes.forEach(w -> at.put(w.resource + " " + w.action + " " + w.text, w.atMs));
        return client.notifications().stream()
                .mapToLong(heard -> heard.atMs() - requireNonNull(at.get(text(heard))))
                .max()
                .orElseThrow();
    }

    /** Fails if a write took longer than two seconds to the client. */
    void assertPrompt(RealClient client) {
        long worst = worstLatencyMs(client);
        assertTrue(worst < 2000, () -> "a notification took " + worst + " ms");
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
