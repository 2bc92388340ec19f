package org.freelims.sync.server.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.freelims.sync.server.operation.ServerUnderWatch;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The console in Chromium. What is done in the page and expected of it is said in {@code
 * src/test/e2e/console.mjs}. {@code -Dconsole.pictures} names a folder for pictures of its states.
 */
@Tag("e2e")
class ConsoleInChromiumTest {
    private static final int CHANGES_A_BATCH = 18;
    private static final int BATCH_MS = 100; // 10,000 a minute and some

    @TempDir Path dir;
    private ServerUnderWatch watched;
    private Optional<ScheduledExecutorService> writer = Optional.empty();

    @BeforeEach
    void start() {
        Tools.chromium();
        watched = new ServerUnderWatch(dir);
    }

    @AfterEach
    void stop() {
        writer.ifPresent(ScheduledExecutorService::shutdownNow);
        watched.close();
    }

    @Test
    void door_isForAdministrators() throws Exception {
        inChromium("door");
    }

    @Test
    void change_isShownAsTextWithWhoIsConnectedAndWhatIsCaptured() throws Exception {
        inChromium("change");
    }

    @Test
    void testNotification_comesBack() throws Exception {
        inChromium("test");
    }

    @Test
    void notifications_areFilteredAndPaused() throws Exception {
        inChromium("filter");
    }

    @Test
    void restart_ofTheServer_isShownAndResumedFrom() throws Exception {
        inChromium("restart");
    }

    @Test
    void rights_thatEnd_closeTheConsole() throws Exception {
        inChromium("ended");
    }

    @Test
    void states_inBothThemes_areAccessibleAndStandTenThousandNotificationsAMinute()
            throws Exception {
        inChromium("states");
    }

    private void inChromium(String name) throws Exception {
        String pictures = System.getProperty("console.pictures", "");
        Scripts.run(
                Tools.node(Tools.file("console.mjs"), name, watched.server().url(), pictures),
                this::obey);
    }

    private String obey(JsonNode line) {
        switch (line.path("order").asText()) {
            case "stop" -> watched.server().stop();
            case "start" -> watched.server().startAgain();
            case "sql" -> watched.database().execute(line.path("argument").asText());
            case "flow" -> flow();
            case "ebb" -> writer.ifPresent(ScheduledExecutorService::shutdownNow);
            default -> throw new AssertionError("no such order: " + line);
        }
        return "done";
    }

    private void flow() {
        Jdbi jdbi = Jdbi.create(watched.database().dataSource());
        jdbi.useHandle(
                handle ->
                        handle.createScript(
                                        """
                                        INSERT INTO chemicals (id, name) VALUES (1, 'Ethanol')
                                            ON CONFLICT DO NOTHING;
                                        INSERT INTO locations (id, name) VALUES (500, 'Cold room')
                                            ON CONFLICT DO NOTHING;
                                        INSERT INTO inventory_items (id, chemical_id, location_id,
                                                quantity, unit, batch_number)
                                            SELECT n, 1, 500, 500, 'mL', 'B-' || n
                                            FROM generate_series(1, 200) n ON CONFLICT DO NOTHING
                                        """)
                                .execute());
        ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
        writer = Optional.of(thread);
        Handle handle = jdbi.open();
        var unused =
                thread.scheduleAtFixedRate(
                        () ->
                                handle.execute(
                                        "UPDATE inventory_items SET quantity = 500 * random()"
                                                + " WHERE id IN (SELECT 1 + (random() * 199)::int"
                                                + " FROM generate_series(1, ?))",
                                        CHANGES_A_BATCH),
                        0,
                        BATCH_MS,
                        TimeUnit.MILLISECONDS);
    }
}
