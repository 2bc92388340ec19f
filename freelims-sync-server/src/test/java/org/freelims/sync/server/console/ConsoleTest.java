package org.freelims.sync.server.console;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.freelims.sync.server.operation.ServerUnderWatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The console's files and endpoints, on a real server; the page itself is tested in Chromium. */
class ConsoleTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Pattern FILE =
            Pattern.compile("(?:src|href)=\"([^\"]+)\"|from '\\./([^']+)'");
    private static final Pattern DANGER =
            Pattern.compile(
                    "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|DOMParser|eval\\("
                            + "|new Function|setAttribute\\('(?:style|on|src|href)");

    @TempDir static Path dir;
    private static ServerUnderWatch watched;
    private static String grace;

    @BeforeAll
    static void start() throws Exception {
        watched = new ServerUnderWatch(dir);
        grace = watched.token("grace");
    }

    @AfterAll
    static void stop() {
        watched.close();
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return watched.send("GET", path, "");
    }

    /** Returns all files that the page loads, by their names, found as a browser does. */
    private static Set<String> files() throws Exception {
        Set<String> found = new TreeSet<>();
        List<String> toRead = new ArrayList<>(List.of(""));
        while (!toRead.isEmpty()) {
            HttpResponse<String> file = get("/console/" + toRead.remove(0));
            assertEquals(200, file.statusCode(), file.uri().toString());
            Matcher names = FILE.matcher(file.body());
            while (names.find()) {
                String name = names.group(1) == null ? names.group(2) : names.group(1);
                if (found.add(name)) {
                    toRead.add(name);
                }
            }
        }
        return found;
    }

    @Test
    void page_andAllItLoads_isThereAndOurs() throws Exception {
        Set<String> files = files();

        assertTrue(files.containsAll(Set.of("main.js", "console.css", "charts.js")), "" + files);
        for (String name : files) {
            assertTrue(name.matches("[a-z]+\\.(js|css|svg)"), "from nowhere else: " + name);
            String text = get("/console/" + name).body();
            assertFalse(DANGER.matcher(text).find(), name);
            assertTrue(text.length() < 10_000, name + " is small");
            assertFalse(
                    text.replace("http://www.w3.org/2000/svg", "").matches("(?s).*https?://.*"),
                    name);
        }
    }

    @Test
    void page_hasNothingInline() throws Exception {
        String page = get("/console/").body();

        assertFalse(
                Pattern.compile("<script(?![^>]*\\bsrc=)|<style|\\son[a-z]+=|\\sstyle=|javascript:")
                        .matcher(page)
                        .find());
    }

    @Test
    void headers_ofEachFile_letThePageUseNothingElse() throws Exception {
        Set<String> files = files();
        files.add("");
        for (String name : files) {
            var headers = get("/console/" + name).headers();
            String policy = headers.firstValue("Content-Security-Policy").orElse("");
            assertTrue(policy.startsWith("default-src 'none';"), name + ": " + policy);
            assertFalse(policy.contains("unsafe"), policy);
            assertTrue(policy.contains("frame-ancestors 'none'"), policy);
            assertTrue(policy.contains("require-trusted-types-for 'script'"), policy);
            assertEquals("nosniff", headers.firstValue("X-Content-Type-Options").orElse(""));
            assertEquals("DENY", headers.firstValue("X-Frame-Options").orElse(""));
            assertEquals("no-referrer", headers.firstValue("Referrer-Policy").orElse(""));
        }
    }

    @Test
    void paths_thatAreNoFile_areNotFound() throws Exception {
        for (String path :
                List.of(
                        "/console/Console.class",
                        "/console/postgres/001-log.sql",
                        "/console/api",
                        "/console/index.html/")) {
            assertEquals(404, get(path).statusCode(), path);
        }
        assertTrue(get("/console/..%2fpostgres/001-log.sql").statusCode() >= 400);
        assertEquals(308, get("/console").statusCode());
        assertEquals(405, watched.send("POST", "/console/", "").statusCode());
    }

    @Test
    void endpoints_forOthersThanAdministrators_tellNothing() throws Exception {
        String ada = watched.token("ada");
        for (String path : List.of("figures", "lists", "test", "nothing")) {
            String method = path.equals("test") ? "POST" : "GET";
            var stranger = watched.send(method, "/console/api/" + path, "");
            assertEquals(401, stranger.statusCode(), path);
            assertEquals("{\"detail\":\"Sign in first.\"}", stranger.body());
            assertEquals(401, watched.send(method, "/console/api/" + path, "x").statusCode());
            assertEquals(403, watched.send(method, "/console/api/" + path, ada).statusCode(), path);
        }
        assertEquals(405, watched.send("GET", "/console/api/test", grace).statusCode());
        assertEquals(404, watched.send("GET", "/console/api/nothing", grace).statusCode());
    }

    @Test
    void figures_afterAChange_haveRisen() throws Exception {
        JsonNode before = watched.json("/console/api/figures", grace);
        watched.database().execute("INSERT INTO locations (name) VALUES ('Cold room')");

        await().atMost(LONG)
                .until(
                        () ->
                                watched.json("/console/api/figures", grace)
                                                .at("/hub/changes")
                                                .asLong()
                                        > before.at("/hub/changes").asLong());
        JsonNode now = watched.json("/console/api/figures", grace);
        JsonNode latency = now.path("latency");
        long last = 0;
        for (JsonNode bucket : latency) {
            assertTrue(bucket.path("count").asLong() >= last, latency.toString());
            last = bucket.path("count").asLong();
        }
        assertEquals(now.at("/hub/changes").asLong(), last, latency.toString());
        assertTrue(now.at("/health/ready").asBoolean(), now.toString());
        await().atMost(LONG)
                .until(
                        () ->
                                watched.json("/console/api/figures", grace).at("/log/head").asLong()
                                        >= 1);
    }

    @Test
    void lists_ofCapture_showATriggerThatIsOff() throws Exception {
        assertTrue(captured("samples").path("active").asBoolean());
        watched.database().execute("ALTER TABLE samples DISABLE TRIGGER \"0_freelims_sync\"");

        assertFalse(captured("samples").path("active").asBoolean());
        assertTrue(captured("tests").path("active").asBoolean());
        assertEquals("hashed_password", captured("users").path("excluded").path(0).asText());
    }

    private static JsonNode captured(String resource) throws Exception {
        for (JsonNode table : watched.json("/console/api/lists", grace).path("capture")) {
            if (table.path("resource").asText().equals(resource)) {
                return table;
            }
        }
        throw new AssertionError(resource + " is not captured");
    }

    @Test
    void test_goesTheWholeWayAndComesBack() throws Exception {
        long before = watched.json("/console/api/figures", grace).at("/hub/changes").asLong();
        HttpResponse<String> answer = watched.send("POST", "/console/api/test", grace);

        assertEquals(200, answer.statusCode(), answer.body());
        assertTrue(answer.body().matches("\\{\"ms\":[0-9.]+\\}"), answer.body());
        await().atMost(LONG)
                .until(
                        () ->
                                watched.json("/console/api/figures", grace)
                                                .at("/hub/changes")
                                                .asLong()
                                        > before);
    }
}
