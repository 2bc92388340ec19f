package org.freelims.sync.server.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.cli.ServerForTests;
import org.freelims.sync.server.security.Accounts;
import org.freelims.sync.server.security.Attribution;
import org.freelims.sync.server.security.NewAccount;
import org.freelims.sync.server.security.Passwords;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page of {@code examples/react-lims}, built and served by the server, in Chromium. What is
 * done in the page and expected of it is said in its {@code e2e/page.mjs}.
 */
@Tag("e2e")
class ReactLimsTest {
    private static final Path PAGE = Path.of("..", "examples", "react-lims").toAbsolutePath();

    @TempDir Path dir;
    private final PostgresForTests.Database database = PostgresForTests.freshDatabase();
    private final List<ServerForTests> servers = new ArrayList<>();

    @BeforeAll
    static void build() throws Exception {
        Tools.chromium();
        Scripts.run(PAGE, Tools.npm(PAGE, "run", "build"));
    }

    @BeforeEach
    void start() {
        servers.add(ServerForTests.startWithPages(database, dir, PAGE.resolve("dist")));
        var accounts =
                new Accounts(Jdbi.create(database.dataSource()), Passwords.withDefaultCost());
        for (String name : List.of("Ada", "Grace", "Joan")) {
            accounts.create(
                    new NewAccount(
                            name + "@example.org",
                            name.toLowerCase(java.util.Locale.ROOT),
                            name,
                            "analytical",
                            false),
                    new Attribution("service:test", ""));
        }
        database.execute(
                """
                INSERT INTO chemicals (id, name, cas_number) VALUES (1, 'Ethanol', '64-17-5');
                INSERT INTO chemicals (id, name, cas_number) VALUES (2, 'Glucose', '50-99-7');
                INSERT INTO locations (id, name) VALUES (1, 'Cold room');
                INSERT INTO inventory_items
                        (chemical_id, location_id, quantity, unit, batch_number, expiration_date)
                    SELECT 1, 1, 500, 'mL', 'B-' || n, '2020-01-01'
                    FROM generate_series(1, 5) n
                """);
    }

    @AfterEach
    void stop() {
        servers.forEach(ServerForTests::close);
    }

    @Test
    void change_inOnePage_isInTheOthersAtOnceMarkedAndTold() throws Exception {
        inChromium("change");
    }

    @Test
    void restart_withWritesMeanwhile_isShownAndCaughtUpWithExactly() throws Exception {
        inChromium("restart");
    }

    @Test
    void signIn_withAWrongPassword_saysSo() throws Exception {
        inChromium("password");
    }

    @Test
    void signIn_thatEnds_isAskedForAgain() throws Exception {
        inChromium("ended");
    }

    @Test
    void unsubscribe_stopsChangesUntilSubscribedAgain() throws Exception {
        inChromium("unsubscribe");
    }

    @Test
    void refusals_areShown() throws Exception {
        inChromium("refused");
    }

    @Test
    void page_inEveryState_isAccessible() throws Exception {
        inChromium("accessible");
    }

    @Test
    void unitTests_pass() throws Exception {
        Scripts.run(PAGE, Tools.npm(PAGE, "test"));
    }

    private void inChromium(String name) throws Exception {
        Scripts.run(
                Tools.node(PAGE.resolve("e2e/page.mjs"), name, servers.get(0).url()), this::obey);
    }

    private String obey(JsonNode line) {
        ServerForTests server = servers.get(0);
        switch (line.path("order").asText()) {
            case "stop" -> server.stop();
            case "start" -> server.startAgain();
            case "sql" -> database.execute(line.path("argument").asText());
            case "other" -> {
                servers.add(ServerForTests.start(database, dir.resolve("other"), false));
                return servers.get(1).url();
            }
            default -> throw new AssertionError("no such order: " + line);
        }
        return "done";
    }
}
