package org.freelims.sync.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.security.Accounts;
import org.freelims.sync.server.security.Attribution;
import org.freelims.sync.server.security.NewAccount;
import org.freelims.sync.server.security.Passwords;
import org.freelims.sync.server.security.TokenSecret;
import org.freelims.sync.server.security.TokenService;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * A row and two fields that an analyst may not see, sought on every way out of the server. What
 * must not be found is marked {@code SECRET}, what must be is marked {@code OPEN}, so that a way
 * which shows nothing at all is noticed too.
 */
final class ConfidentialityTest {
    private static final String POLICY =
            """
            {"roles": {"analyst": {
                "inventory": {"rows": "location_id=1", "hide": ["batch_number"]},
                "chemicals": {"hide": ["formula"]},
                "locations": {"rows": "id=1"},
                "experiments": {},
                "samples": {"rows": "status!=rejected", "hide": ["batch_number"]}}},
             "everyone": ["analyst"]}
            """;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir static Path dir;
    private static PostgresForTests.Database database;
    private static ServerForTests server;
    private static Jdbi jdbi;
    private static String analyst;
    private static String admin;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private Level before;

    @BeforeAll
    static void start() throws IOException {
        database = PostgresForTests.freshDatabase();
        Path policy = Files.writeString(dir.resolve("policy.json"), POLICY);
        server = ServerForTests.startWithPolicy(database, dir.resolve("data"), policy);
        jdbi = Jdbi.create(database.dataSource());
        analyst = token("anna", false);
        admin = token("boss", true);
        jdbi.useHandle(
                handle ->
                        handle.execute(
                                """
                                INSERT INTO locations (id, name)
                                    VALUES (1, 'OPEN lab'), (2, 'SECRET vault');
                                INSERT INTO chemicals (id, name, formula)
                                    VALUES (1, 'OPEN Ethanol', 'SECRET C2H6O');
                                INSERT INTO inventory_items
                                    (id, chemical_id, location_id, quantity, unit, batch_number)
                                    VALUES (1, 1, 1, 5, 'OPEN g', 'SECRET batch'),
                                           (2, 1, 2, 6, 'SECRET kg', 'SECRET batch two');
                                INSERT INTO samples (id, internal_id, name, status)
                                    VALUES (1, 'S1', 'OPEN sample', 'approved'),
                                           (2, 'S2', 'SECRET sample', 'rejected');
                                SELECT setval(pg_get_serial_sequence('samples', 'id'), 100);
                                SELECT setval(
                                    pg_get_serial_sequence('inventory_items', 'id'), 100);
                                """));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void listenToTheLog() {
        before = root.getLevel();
        root.setLevel(Level.INFO);
        ((Logger) LoggerFactory.getLogger("org.freelims")).setLevel(Level.TRACE);
        log.start();
        root.addAppender(log);
    }

    @AfterEach
    void log_atItsFinest_tellsNeitherSecretsNorTokens() {
        root.detachAppender(log);
        root.setLevel(before);
        ((Logger) LoggerFactory.getLogger("org.freelims")).setLevel(null);
        for (ILoggingEvent event : List.copyOf(log.list)) {
            String line = event.getFormattedMessage();
            for (String secret : List.of("SECRET", "OPEN", analyst, admin)) {
                assertFalse(line.contains(secret), line);
            }
        }
    }

    private static String token(String username, boolean isAdmin) {
        var accounts = new Accounts(jdbi, Passwords.withDefaultCost());
        var account =
                accounts.create(
                        new NewAccount(
                                username + "@example.org",
                                username,
                                username,
                                "correct horse",
                                isAdmin),
                        new Attribution("test", ""));
        return new TokenService(
                        TokenSecret.of(ServerForTests.SECRET),
                        Duration.ofHours(1),
                        Clock.systemUTC())
                .issue(account);
    }

    private static void sql(String statement) {
        jdbi.useHandle(handle -> handle.execute(statement));
    }

    /** All that came over one WebSocket, in order. */
    private static final class Ear implements WebSocket.Listener, AutoCloseable {
        private final List<String> heard = new CopyOnWriteArrayList<>();
        private final StringBuilder part = new StringBuilder();
        private final WebSocket socket;

        Ear(String path, String bearer) {
            var builder = HTTP.newWebSocketBuilder();
            if (!bearer.isEmpty()) {
                builder.header("Authorization", "Bearer " + bearer);
            }
            if (path.equals("/sync")) {
                builder.subprotocols("freelims.sync.v1");
            }
            socket =
                    builder.buildAsync(URI.create("ws://127.0.0.1:" + server.port() + path), this)
                            .join();
        }

        static Ear sync(String bearer) {
            return new Ear("/sync", bearer);
        }

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket from, CharSequence text, boolean last) {
            part.append(text);
            if (last) {
                heard.add(part.toString());
                part.setLength(0);
                if (heard.get(heard.size() - 1).equals("2")) {
                    from.sendText("3", true).join(); // Engine.IO's ping
                }
            }
            from.request(1);
            return null;
        }

        void say(String message) {
            socket.sendText(message, true).join();
        }

        /** Waits for a message, and returns it. */
        String await(Predicate<String> wanted) {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (System.nanoTime() - deadline < 0) {
                for (String message : heard) {
                    if (wanted.test(message)) {
                        return message;
                    }
                }
                try {
                    TimeUnit.MILLISECONDS.sleep(10);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            throw new AssertionError("not heard among " + heard);
        }

        String await(String part) {
            return await(message -> message.contains(part));
        }

        /** Checks that it heard what is open, and nothing that is secret. */
        void showsOnlyWhatIsOpen() {
            String all = all();
            assertFalse(all.contains("SECRET"), all);
            assertFalse(all.contains("batch_number"), all);
            assertFalse(all.contains("\"formula\""), all);
            assertTrue(all.contains("OPEN"), all);
        }

        String all() {
            return String.join("\n", heard);
        }

        @Override
        public void close() {
            socket.abort();
        }
    }

    /** Changes the visible row, the hidden one and what both refer to; the last tells the end. */
    private static void changes(String mark) {
        sql("UPDATE inventory_items SET batch_number = 'SECRET " + mark + "' WHERE id = 1");
        sql("UPDATE inventory_items SET unit = 'SECRET " + mark + "' WHERE id = 2");
        sql("UPDATE chemicals SET formula = 'SECRET " + mark + "' WHERE id = 1");
        sql("UPDATE samples SET name = 'SECRET " + mark + "' WHERE id = 2");
        sql("UPDATE locations SET name = 'SECRET " + mark + "' WHERE id = 2");
        sql("UPDATE inventory_items SET unit = 'OPEN " + mark + "' WHERE id = 1");
        sql("UPDATE samples SET name = 'OPEN " + mark + "' WHERE id = 1");
    }

    @Test
    void hidden_inLiveNotifications_isAbsentAndThePrevChainIsWhole() {
        try (Ear ear = Ear.sync(analyst)) {
            for (String to : List.of("*", "inventory", "inventory/1", "inventory/2", "samples")) {
                ear.say("{\"type\":\"subscribe\",\"to\":\"" + to + "\"}");
                ear.await("\"subscribed\",\"to\":\"" + to + "\"");
            }
            changes("live");
            ear.await(m -> m.contains("OPEN live") && m.contains("\"to\":\"samples\""));

            ear.showsOnlyWhatIsOpen();
            assertFalse(ear.all().contains("\"to\":\"inventory/2\",\"resource\""), ear.all());
            for (String to : List.of("*", "inventory", "samples")) {
                chained(ear, to);
            }
        }
    }

    /** Each notification's prev is the position of the one before, or where it began. */
    private static void chained(Ear ear, String to) {
        Pattern of =
                Pattern.compile(
                        "\"to\":\""
                                + Pattern.quote(to)
                                + "\".*\"position\":\"([^\"]+)\"(?:,\"prev\":\"([^\"]+)\")?");
        String at = "";
        for (String message : ear.heard) {
            Matcher matcher = of.matcher(message);
            if (matcher.find()) {
                if (!at.isEmpty() && matcher.group(2) != null) {
                    assertEquals(at, matcher.group(2), message);
                }
                at = matcher.group(1);
            }
        }
        assertFalse(at.isEmpty(), to);
    }

    @Test
    void hidden_inReplayAndSnapshot_isAbsent() {
        String start;
        try (Ear ear = Ear.sync(analyst)) {
            ear.say("{\"type\":\"subscribe\",\"to\":\"*\"}");
            String subscribed = ear.await("\"subscribed\"");
            start = subscribed.replaceAll(".*\"position\":\"([^\"]+)\".*", "$1");
        }
        changes("past");
        try (Ear ear = Ear.sync(analyst)) {
            ear.say("{\"type\":\"subscribe\",\"to\":\"*\",\"from\":\"" + start + "\"}");
            ear.await(m -> m.contains("OPEN past") && m.contains("samples"));
            ear.showsOnlyWhatIsOpen();
        }
        for (String to :
                List.of("*", "inventory", "inventory/1", "samples", "chemicals", "locations")) {
            try (Ear ear = Ear.sync(analyst)) {
                ear.say("{\"type\":\"subscribe\",\"to\":\"" + to + "\",\"from\":\"snapshot\"}");
                ear.await("\"last\":true");
                ear.showsOnlyWhatIsOpen();
            }
        }
        try (Ear ear = Ear.sync(analyst)) {
            for (String id : List.of("2", "999")) {
                ear.say(
                        "{\"type\":\"subscribe\",\"to\":\"inventory/"
                                + id
                                + "\",\"from\":\"snapshot\"}");
            }
            String hidden =
                    ear.await(m -> m.contains("inventory/2") && m.contains("\"last\":true"));
            String none =
                    ear.await(m -> m.contains("inventory/999") && m.contains("\"last\":true"));
            assertEquals(
                    none.replaceAll("\"position\":\"[^\"]*\"", ""),
                    hidden.replace("inventory/2", "inventory/999")
                            .replaceAll("\"position\":\"[^\"]*\"", ""));
        }
    }

    @Test
    void hidden_byFilters_canNotBeGuessed() {
        try (Ear ear = Ear.sync(analyst)) {
            int id = 0;
            List<String> refusals = new ArrayList<>();
            for (String field : List.of("batch_number", "no_such_one")) {
                for (String condition : List.of("=SECRET%20batch", "!=x", ">a")) {
                    ear.say(
                            "{\"type\":\"subscribe\",\"id\":%d,\"to\":\"inventory?%s%s\"}"
                                    .formatted(++id, field, condition));
                    refusals.add(
                            ear.await("\"id\":" + id + ",")
                                    .replaceFirst("\"id\":\\d+", "")
                                    .replace(field, "FIELD"));
                }
            }
            assertEquals(1, refusals.stream().distinct().count(), refusals::toString);
            assertTrue(refusals.get(0).contains("FORBIDDEN"), refusals::toString);
        }
    }

    @Test
    void row_hidden_thatFulfilsAFilter_isNotTold() {
        try (Ear ear = Ear.sync(analyst)) {
            ear.say("{\"type\":\"subscribe\",\"to\":\"inventory?quantity>=0\"}");
            ear.await("\"subscribed\"");
            changes("filter");
            sql("UPDATE inventory_items SET quantity = quantity + 1 WHERE id = 2");
            sql("UPDATE inventory_items SET unit = 'OPEN end' WHERE id = 1");
            ear.await("OPEN end");
            ear.showsOnlyWhatIsOpen();
            assertFalse(ear.all().contains("\"id\":\"2\""), ear.all());
        }
    }

    @Test
    void row_thatBecomesHidden_leavesWithItsIdAndNothingElse() {
        sql(
                "INSERT INTO inventory_items (id, chemical_id, location_id, quantity, unit,"
                        + " batch_number) VALUES (50, 1, 1, 1, 'OPEN move', 'SECRET move')");
        try (Ear ear = Ear.sync(analyst)) {
            ear.say("{\"type\":\"subscribe\",\"to\":\"inventory\"}");
            ear.await("\"subscribed\"");
            sql("UPDATE inventory_items SET location_id = 2, unit = 'SECRET g' WHERE id = 50");
            sql("UPDATE inventory_items SET unit = 'SECRET h' WHERE id = 50");
            sql("UPDATE inventory_items SET location_id = 1, unit = 'OPEN i' WHERE id = 50");

            String left = ear.await("\"left\"");
            String back = ear.await("OPEN i");
            assertFalse(left.contains("data"), left);
            assertTrue(back.contains("\"create\"") || back.contains("\"update\""), back);
            ear.showsOnlyWhatIsOpen();
        } finally {
            sql("DELETE FROM inventory_items WHERE id = 50");
        }
    }

    @Test
    void hidden_bySocketIo_isAbsent() {
        try (Ear ear = new Ear("/ws/?EIO=4&transport=websocket", "")) {
            ear.await("0{");
            ear.say("40{\"token\":\"" + analyst + "\"}");
            ear.await("40{");
            for (String resource : List.of("inventory", "samples")) {
                ear.say("42[\"subscribe\",{\"resource\":\"" + resource + "\"}]");
                ear.await(m -> m.contains("subscription_success") && m.contains(resource));
            }
            ear.say("42[\"subscribe\",{\"resource\":\"tests\"}]");
            ear.say("42[\"subscribe\",{\"resource\":\"nowhere\"}]");
            ear.await("subscription_error");
            changes("socketio");
            ear.await(m -> m.contains("OPEN socketio") && m.contains("samples_updated"));
            ear.showsOnlyWhatIsOpen();
        }
    }

    private static HttpResponse<String> http(
            String method, String path, String bearer, String body) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(URI.create(server.url() + path))
                            .header("Authorization", "Bearer " + bearer)
                            .header("Content-Type", "application/json")
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String shown(String method, String path, String body, int status) {
        HttpResponse<String> answer = http(method, path, analyst, body);
        assertEquals(status, answer.statusCode(), () -> method + " " + path + answer.body());
        assertFalse(answer.body().contains("SECRET"), () -> path + answer.body());
        assertFalse(answer.body().contains("\"batch_number\""), () -> path + answer.body());
        assertFalse(answer.body().contains("\"formula\""), () -> path + answer.body());
        return answer.body();
    }

    private static String get(String path) {
        return shown("GET", path, "", 200);
    }

    @Test
    void hidden_inTheWebApi_isAbsentAndNotToBeGuessed() {
        for (String path :
                List.of(
                        "/api/inventory/items",
                        "/api/inventory/items/1",
                        "/api/chemicals",
                        "/api/chemicals/1",
                        "/api/locations",
                        "/api/samples",
                        "/api/inventory/items?search=ethanol")) {
            if (path.contains("search")) {
                assertEquals("[]", get(path), "the chemicals' names are not seen whole");
            } else {
                assertTrue(get(path).contains("OPEN"), path);
            }
        }
        assertTrue(get("/api/inventory/items?limit=1").startsWith("[{\"id\":1,"));
        assertEquals("[]", get("/api/locations?skip=1"), "what is hidden is not counted either");
        assertEquals("[]", get("/api/inventory/items?location_id=2"));
        assertEquals("[]", get("/api/inventory/items?search=" + encoded("SECRET batch")));
        assertEquals("[]", get("/api/chemicals?search=" + encoded("SECRET C2H6O")));
        assertEquals("[]", get("/api/samples?status=rejected"));
        for (String table : List.of("inventory/items", "samples", "locations")) {
            assertEquals(
                    shown("GET", "/api/" + table + "/999", "", 404),
                    shown("GET", "/api/" + table + "/2", "", 404));
            assertEquals(
                    shown("PUT", "/api/" + table + "/999", "{}", 404),
                    shown("PUT", "/api/" + table + "/2", "{}", 404));
            assertEquals(
                    shown("DELETE", "/api/" + table + "/999", "", 404),
                    shown("DELETE", "/api/" + table + "/2", "", 404));
        }
        for (String path :
                List.of(
                        "/api/inventory/audit",
                        "/api/inventory/changes",
                        "/api/chemicals/audit-logs",
                        "/api/chemicals/1/audit-logs",
                        "/api/locations/audit-logs",
                        "/api/locations/2/audit-logs",
                        "/api/tests",
                        "/api/users",
                        "/api/users/1")) {
            shown("GET", path, "", 403);
        }
        assertTrue(http("GET", "/api/inventory/items/2", admin, "").body().contains("SECRET"));
    }

    @Test
    void hidden_byWriting_isNeitherSetNorToldNorReached() {
        shown("PUT", "/api/inventory/items/1", "{\"batch_number\":\"x\"}", 403);
        shown("PUT", "/api/inventory/items/1", "{\"location_id\":2}", 404);
        shown(
                "POST",
                "/api/inventory/changes",
                "{\"inventory_item_id\":2,\"change_amount\":-1,\"reason\":\"x\"}",
                404);
        shown("PUT", "/api/samples/1", "{\"status\":\"rejected\"}", 403);
        shown(
                "POST",
                "/api/samples",
                "{\"internal_id\":\"S9\",\"name\":\"x\",\"status\":\"rejected\"}",
                403);
        assertTrue(http("GET", "/api/samples/1", admin, "").body().contains("approved"));
        assertFalse(http("GET", "/api/samples", admin, "").body().contains("S9"), "rolled back");

        assertTrue(
                shown("PUT", "/api/inventory/items/1", "{\"unit\":\"OPEN mg\"}", 200)
                        .contains("OPEN mg"));
        assertTrue(
                shown(
                                "POST",
                                "/api/inventory/items",
                                "{\"chemical_id\":1,\"location_id\":1,\"quantity\":1,\"unit\":\"OPEN\"}",
                                201)
                        .contains("OPEN"));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** The console's notifications come by /sync, by the rights of whoever looks. */
    @Test
    void figures_ofTheConsoleAndMetrics_holdNoRecordsAndAreNotForTheAnalyst() {
        for (String path : List.of("/console/api/figures", "/console/api/lists", "/metrics")) {
            int refused = http("GET", path, analyst, "").statusCode();
            assertTrue(refused == 401 || refused == 403 || refused == 404, path + " " + refused);
            HttpResponse<String> told = http("GET", path, admin, "");
            assertEquals(200, told.statusCode(), path);
            assertFalse(told.body().contains("SECRET"), told::body);
            assertFalse(told.body().contains("OPEN"), told::body);
        }
    }

    @Test
    void errors_toldToTheAnalyst_nameNothingHidden() {
        try (Ear ear = Ear.sync(analyst)) {
            for (String to :
                    List.of(
                            "users",
                            "nowhere",
                            "tests",
                            "inventory?batch_number",
                            "inventory?unit=")) {
                ear.say("{\"type\":\"subscribe\",\"to\":\"" + to + "\"}");
            }
            ear.say("{\"type\":\"ping\",\"id\":9}");
            ear.await("pong");
            List<String> errors =
                    ear.heard.stream()
                            .filter(m -> m.contains("\"error\""))
                            .collect(Collectors.toList());
            assertTrue(errors.size() >= 3, errors::toString);
            assertFalse(ear.all().contains("SECRET"), ear.all());
            assertEquals(
                    errors.get(0).replace("users", "X"),
                    errors.get(1).replace("nowhere", "X"),
                    "forbidden and nonexistent are one");
        }
    }
}
