package org.freelims.sync.server.cli;

import static java.util.concurrent.CompletableFuture.supplyAsync;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The demonstration server as it stands, and the commands against it. */
final class StandaloneServerTest {
    @TempDir static Path directory;
    private static StandaloneServer server;

    @BeforeAll
    static void start() {
        server = StandaloneServer.start(settings(directory.resolve("data")));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static ServerSettings settings(Path data) {
        return ServerSettings.builder(data)
                .port(0)
                .demo(true)
                .anonymous(true)
                .openRegistration(true)
                .origins(ServerSettings.DEMO_ORIGINS)
                .build();
    }

    private static Run onServer(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--json", "--url", server.url()));
        return Run.of(all.toArray(String[]::new));
    }

    private static Run onData(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--json", "--data-dir", directory.resolve("data").toString()));
        return Run.of(all.toArray(String[]::new));
    }

    /** Runs a monitor in the background, and returns once it is subscribed. */
    private static CompletableFuture<Run> monitor(String... arguments) {
        var all =
                new ArrayList<>(
                        List.of("monitor", "--json", "--url", server.url(), "--timeout", "60s"));
        all.addAll(List.of(arguments));
        var out = new StringWriter();
        var err = new StringWriter();
        CompletableFuture<Run> ended =
                supplyAsync(
                        () ->
                                new Run(
                                        Cli.run(
                                                all,
                                                Map.of(),
                                                new PrintWriter(out, true),
                                                new PrintWriter(err, true)),
                                        out.toString(),
                                        err.toString()));
        await().atMost(Duration.ofSeconds(60))
                .until(() -> ended.isDone() || out.toString().contains("\"subscribed\""));
        return ended;
    }

    private static List<JsonNode> notifications(Run run) {
        assertEquals(0, run.exitCode(), run.out() + run.err());
        return run.objects().stream().filter(object -> object.has("action")).toList();
    }

    private static void sql(String... statements) throws SQLException {
        var database = server.database();
        try (var connection =
                        DriverManager.getConnection(
                                database.jdbcUrl(), database.user(), database.password());
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String text : statements) {
                statement.execute(text);
            }
            if (!statements[statements.length - 1].equals("ROLLBACK")) {
                connection.commit();
            }
        }
    }

    @Test
    void trigger_againstAMonitor_arrivesAsFreelimsClientsKnowIt() {
        var watching = monitor("inventory", "--demo", "--count", "1");

        Run trigger = onServer("trigger", "--demo");

        assertEquals(0, trigger.exitCode(), trigger.out() + trigger.err());
        JsonNode told = notifications(watching.join()).get(0);
        assertEquals("update", told.path("action").asText());
        assertEquals("inventory", told.path("resource").asText());
        for (String field :
                List.of("id", "chemical_id", "location_id", "quantity", "unit", "batch_number")) {
            assertTrue(told.path("data").has(field), told.toString());
        }
        assertEquals("user:1", told.path("actor").asText());
        assertTrue(trigger.objects().get(0).path("roundTripMs").asDouble() > 0, trigger.out());
    }

    @Test
    void monitor_ofAnybody_seesPlainSqlInOrderAndNoRollback() throws SQLException {
        var watching = monitor("locations", "--count", "5");

        sql("INSERT INTO locations (name) VALUES ('never was')", "ROLLBACK");
        sql(
                "INSERT INTO locations (name) VALUES ('A')",
                "INSERT INTO locations (name) VALUES ('B')",
                "UPDATE locations SET description = 'x' WHERE name = 'A'",
                "DELETE FROM locations WHERE name = 'B'",
                "DELETE FROM locations WHERE name = 'A'");

        List<JsonNode> told = notifications(watching.join());
        assertEquals(
                List.of("create A", "create B", "update A", "delete B", "delete A"),
                told.stream()
                        .map(
                                n ->
                                        n.path("action").asText()
                                                + " "
                                                + n.path("data").path("name").asText())
                        .toList());
        assertEquals(1, told.stream().map(n -> n.path("tx").asText()).distinct().count());
    }

    @Test
    void monitor_whereNothingHappens_givesUpInTime() {
        Run run = onServer("monitor", "samples", "--demo", "--count", "1", "--timeout", "1s");

        assertEquals(ExitCode.TIMED_OUT.code(), run.exitCode(), run.out() + run.err());
    }

    @Test
    void monitor_ofAResourceThereIsNot_isRefused() {
        Run run = onServer("monitor", "moonbeams", "--demo", "--count", "1", "--timeout", "60s");

        assertEquals(ExitCode.REFUSED.code(), run.exitCode(), run.out() + run.err());
    }

    @Test
    void trigger_withAWrongPassword_isRefused() {
        Run run = onServer("trigger", "--username", "admin", "--password=wrong");

        assertEquals(ExitCode.REFUSED.code(), run.exitCode(), run.out() + run.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"trigger", "monitor"})
    void command_withABadToken_isRefusedAtOnce(String command) {
        Run run = onServer(command, "--token", "no-token", "--timeout", "60s");

        assertEquals(ExitCode.REFUSED.code(), run.exitCode(), run.out() + run.err());
        assertTrue(run.out().contains("token"), run.out());
    }

    @Test
    void trigger_withoutSigningIn_saysHow() {
        Run run = onServer("trigger");

        assertEquals(ExitCode.REFUSED.code(), run.exitCode(), run.out() + run.err());
        assertTrue(run.out().contains("--username"), run.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"inventory?nonsense=1", "inventory?", "?", "inventory/1/2"})
    void monitor_ofWhatIsNoExpression_isRefusedWithAReason(String expression) {
        Run run = onServer("monitor", expression, "--demo", "--count", "1", "--timeout", "60s");

        assertTrue(
                List.of(ExitCode.USAGE.code(), ExitCode.REFUSED.code()).contains(run.exitCode()),
                run.out() + run.err());
        assertTrue(run.out().contains("\"message\""), run.out());
    }

    @Test
    void trigger_onAnItemThereIsNot_saysSo() {
        Run run = onServer("trigger", "--demo", "--item", "999999");

        assertEquals(ExitCode.USAGE.code(), run.exitCode(), run.out() + run.err());
    }

    @Test
    void seed_whileTheServerRuns_makesItemsThatAreNotified() {
        var watching = monitor("inventory", "--demo", "--count", "3");

        Run seed = onData("seed", "--count", "3");

        assertEquals(0, seed.exitCode(), seed.out() + seed.err());
        assertTrue(seed.objects().get(0).path("itemId").asInt() > 0);
        assertEquals(
                List.of("create", "create", "create"),
                notifications(watching.join()).stream()
                        .map(n -> n.path("action").asText())
                        .toList());
    }

    @Test
    void user_fromCreationToDisabling_signsInAsLongAsAllowed() {
        assertEquals(0, onData("user", "add", "ada", "--new-password", "engine").exitCode());
        assertEquals(
                ExitCode.FAILED.code(),
                onData("user", "add", "ada", "--new-password", "other").exitCode());
        assertEquals(0, onServer("trigger", "--username", "ada", "--password=engine").exitCode());
        assertEquals(0, onData("user", "password", "ada", "--new-password", "loom").exitCode());
        assertEquals(
                ExitCode.REFUSED.code(),
                onServer("trigger", "--username", "ada", "--password=engine").exitCode());
        assertEquals(0, onData("user", "disable", "ada").exitCode());
        assertNotEquals(0, onServer("trigger", "--username", "ada", "--password=loom").exitCode());
        Run list = onData("user", "list");
        assertTrue(
                list.objects().stream()
                        .anyMatch(
                                account ->
                                        account.path("username").asText().equals("ada")
                                                && !account.path("is_active").asBoolean()),
                list.out());
    }

    @Test
    void rule11_accountDisabled_endsItsLiveConnectionWithinSeconds() {
        onData("user", "add", "bo", "--new-password", "loom");
        var watching = monitor("inventory", "--username", "bo", "--password=loom");
        assertEquals(0, onData("user", "disable", "bo").exitCode());

        Run ended = watching.orTimeout(5, TimeUnit.SECONDS).join();

        assertNotEquals(0, ended.exitCode());
        assertTrue((ended.out() + ended.err()).contains("REVOKED"), ended.out() + ended.err());
    }

    @Test
    void token_forAnAccount_opensTheDoor() {
        Run token = onData("token", "admin", "--lifetime", "1m");

        assertEquals(0, token.exitCode(), token.out() + token.err());
        String bearer = token.objects().get(0).path("access_token").asText();
        Run trigger = onServer("trigger", "--token", bearer);
        assertEquals(0, trigger.exitCode(), trigger.out() + trigger.err());
        assertEquals(ExitCode.FAILED.code(), onData("token", "nobody-known").exitCode());
    }

    @Test
    void verify_afterChanges_findsTheChainWhole() {
        onData("seed");
        Run whole = onData("verify");

        assertEquals(0, whole.exitCode(), whole.out() + whole.err());
        assertTrue(whole.objects().get(0).path("whole").asBoolean());
    }

    @Test
    void capture_ofATableOfOnesOwn_isListedAndRemoved() throws SQLException {
        sql("CREATE TABLE readings (id int PRIMARY KEY, value float, secret text)");

        Run install = onData("capture", "install", "readings", "--exclude", "secret");
        Run list = onData("capture", "list");
        Run remove = onData("capture", "remove", "readings");

        assertEquals(0, install.exitCode(), install.out() + install.err());
        assertEquals("[\"id\",\"value\"]", install.objects().get(0).path("fields").toString());
        assertTrue(list.out().contains("\"resource\":\"readings\""), list.out());
        assertTrue(remove.objects().get(0).path("removed").asBoolean(), remove.out());
        assertNotEquals(0, onData("capture", "install", "nowhere").exitCode());
    }

    @Test
    void doctor_onAWorkingServer_findsTheWayOpen() {
        Run run = onServer("doctor", "--demo", "--data-dir", directory.resolve("data").toString());

        for (String check :
                List.of(
                        "address",
                        "port",
                        "server",
                        "sign-in",
                        "data",
                        "subscription",
                        "database",
                        "capture")) {
            assertTrue(outcome(run, check).equals("ok"), check + ": " + run.out());
        }
    }

    @Test
    void doctor_onATriggerDroppedByHand_saysHowToMendIt() throws SQLException {
        String data = directory.resolve("data").toString();
        for (String byHand :
                List.of(
                        "DROP TRIGGER \"0_freelims_sync\" ON samples",
                        "ALTER TABLE samples DISABLE TRIGGER \"0_freelims_sync_truncate\"")) {
            sql(byHand);
            Run ill = onServer("doctor", "--demo", "--data-dir", data);
            Run mend = onData("capture", "install", "samples", "--resource", "samples");
            Run well = onServer("doctor", "--demo", "--data-dir", data);

            assertEquals("problem", outcome(ill, "capture"), ill.out());
            assertTrue(ill.out().contains("capture install samples --resource samples"), ill.out());
            assertEquals(0, mend.exitCode(), mend.out() + mend.err());
            assertEquals("ok", outcome(well, "capture"), well.out());
        }
    }

    @Test
    void doctor_onEachMistake_namesIt() {
        Run path = Run.of("doctor", "--json", "--demo", "--url", server.url() + "/nowhere");
        assertEquals(ExitCode.PROBLEM_FOUND.code(), path.exitCode());
        assertEquals("problem", outcome(path, "subscription"), path.out());
        Run origin = onServer("doctor", "--demo", "--origin", "http://evil.example.org");
        assertEquals("problem", outcome(origin, "origin"), origin.out());
        Run password = onServer("doctor", "--username", "admin", "--password=wrong");
        assertEquals("problem", outcome(password, "sign-in"), password.out());
        Run port = Run.of("doctor", "--json", "--url", "http://127.0.0.1:1");
        assertEquals("problem", outcome(port, "port"), port.out());
        Run database =
                onServer(
                        "doctor",
                        "--demo",
                        "--database-url",
                        "postgresql://127.0.0.1:1/x",
                        "--database-user",
                        "u");
        assertEquals("problem", outcome(database, "database"), database.out());
    }

    private static String outcome(Run run, String check) {
        return run.objects().stream()
                .filter(finding -> finding.path("check").asText().equals(check))
                .map(finding -> finding.path("outcome").asText())
                .findFirst()
                .orElse("not looked at");
    }

    @Test
    void serve_onADirectoryInUse_saysSo() {
        Run run = onData("serve", "--port", "0");

        assertEquals(ExitCode.IN_USE.code(), run.exitCode(), run.out() + run.err());
    }

    @Test
    void anonymous_askedForByAStrangeName_answersNothing() throws IOException {
        String origin = "Origin: http://evil.example:" + server.port();
        String upgrade =
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
        for (String path :
                List.of(
                        "/sync",
                        "/ws/?EIO=4&transport=websocket",
                        "/socket.io/?EIO=4&transport=polling",
                        "/ws/socket.io/?EIO=4&transport=polling",
                        "/api/health",
                        "/nowhere")) {
            String more = path.contains("polling") || path.contains("api") ? "X: y" : upgrade;
            assertEquals("421", status(path, "evil.example", more), path);
            assertEquals("421", status(path, "evil.example", more + "\r\n" + origin), path);
        }
        assertEquals("200", status("/socket.io/?EIO=4&transport=polling", "127.0.0.1", "X: y"));
        assertEquals("403", status("/socket.io/?EIO=4&transport=polling", "127.0.0.1", origin));
    }

    private static String status(String path, String host, String headers) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream()
                    .write(
                            ("GET " + path + " HTTP/1.1\r\nHost: " + host + ":" + server.port())
                                    .concat("\r\n" + headers + "\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII)
                    .substring(9);
        }
    }

    @Test
    void ticket_opensOneConnection_andNoSecond() throws Exception {
        HttpClient http = HttpClient.newHttpClient();
        String token =
                http.send(
                                HttpRequest.newBuilder(URI.create(server.url() + "/api/token"))
                                        .header("Content-Type", "application/x-www-form-urlencoded")
                                        .POST(
                                                HttpRequest.BodyPublishers.ofString(
                                                        "username=admin&password=password"))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body()
                        .replaceAll(".*\"access_token\":\"([^\"]+)\".*", "$1");
        String ticket =
                http.send(
                                HttpRequest.newBuilder(URI.create(server.url() + "/api/ticket"))
                                        .header("Authorization", "Bearer " + token)
                                        .POST(HttpRequest.BodyPublishers.noBody())
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body()
                        .replaceAll(".*\"ticket\":\"([^\"]+)\".*", "$1");
        String upgrade =
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

        assertEquals("101", status("/sync?ticket=" + ticket, "127.0.0.1", upgrade));
        assertEquals("401", status("/sync?ticket=" + ticket, "127.0.0.1", upgrade));
        assertEquals("401", status("/sync?ticket=", "127.0.0.1", upgrade));
        assertEquals("401", status("/sync?ticket=" + "x".repeat(3000), "127.0.0.1", upgrade));
    }
}
