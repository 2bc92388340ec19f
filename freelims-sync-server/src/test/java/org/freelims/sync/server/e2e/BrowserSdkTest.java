package org.freelims.sync.server.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.cli.ServerForTests;
import org.freelims.sync.server.security.Account;
import org.freelims.sync.server.security.Accounts;
import org.freelims.sync.server.security.Attribution;
import org.freelims.sync.server.security.NewAccount;
import org.freelims.sync.server.security.Passwords;
import org.freelims.sync.server.security.TokenSecret;
import org.freelims.sync.server.security.TokenService;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The client of {@code examples/browser-sdk} against a server that is restarted amid writes, in
 * Node.js and, from a script tag, in Chromium.
 */
@Tag("e2e")
class BrowserSdkTest {
    private static final Path SDK = Path.of("..", "examples", "browser-sdk").toAbsolutePath();

    @TempDir Path dir;
    private final PostgresForTests.Database database = PostgresForTests.freshDatabase();
    private ServerForTests server;
    private String token;

    @BeforeAll
    static void build() throws Exception {
        Tools.chromium();
        Scripts.run(SDK, Tools.npm(SDK, "run", "build"));
    }

    @BeforeEach
    void start() {
        server = ServerForTests.startWithPages(database, dir, SDK);
        Account ada =
                new Accounts(Jdbi.create(database.dataSource()), Passwords.withDefaultCost())
                        .create(
                                new NewAccount(
                                        "ada@example.org", "ada", "Ada", "analytical", false),
                                new Attribution("service:test", ""));
        token =
                new TokenService(
                                TokenSecret.of(ServerForTests.SECRET),
                                Duration.ofMinutes(10),
                                Clock.systemUTC())
                        .issue(ada);
        database.execute(
                """
                INSERT INTO chemicals (id, name) VALUES (1, 'Ethanol');
                INSERT INTO locations (id, name) VALUES (1, 'Cold room')\
                """);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void restart_inNode_losesAndRepeatsNothing() throws Exception {
        live("node");
    }

    @Test
    void restart_inChromium_losesAndRepeatsNothing() throws Exception {
        live("chromium");
    }

    @Test
    void unitTests_pass() throws Exception {
        Scripts.run(SDK, Tools.npm(SDK, "test"));
    }

    private void live(String where) throws Exception {
        List<String> node = Tools.node(SDK.resolve("e2e/live.mjs"), where, server.url(), token);
        Scripts.run(
                Stream.concat(
                                Stream.of(node.get(0), "--experimental-websocket"),
                                node.stream().skip(1))
                        .toList(),
                this::obey);
    }

    private String obey(JsonNode line) {
        switch (line.path("order").asText()) {
            case "stop" -> server.stop();
            case "start" -> server.startAgain();
            case "sql" -> database.execute(line.path("argument").asText());
            default -> throw new AssertionError("no such order: " + line);
        }
        return "done";
    }
}
