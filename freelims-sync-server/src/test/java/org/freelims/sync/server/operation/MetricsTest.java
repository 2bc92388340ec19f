package org.freelims.sync.server.operation;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.freelims.sync.server.cli.ServerForTests;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metrics of a real server, as Prometheus reads them. */
class MetricsTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir static Path dir;
    private static ServerUnderWatch watched;

    @BeforeAll
    static void start() {
        watched = new ServerUnderWatch(dir);
    }

    @AfterAll
    static void stop() {
        watched.close();
    }

    private static String scrape() throws Exception {
        var answer = watched.send("GET", "/metrics", ServerForTests.METRICS_TOKEN);
        assertEquals(200, answer.statusCode(), answer.body());
        return answer.body();
    }

    /** Returns the value of a series, named with all its labels. */
    private static double value(String series) throws Exception {
        var line = Pattern.compile("(?m)^" + Pattern.quote(series) + " (\\S+)$").matcher(scrape());
        assertTrue(line.find(), series);
        return Double.parseDouble(line.group(1));
    }

    @Test
    void metrics_forStrangers_areRefused() throws Exception {
        for (String token : new String[] {"", "a token of Prometheus, for test"}) {
            var answer = watched.send("GET", "/metrics", token);
            assertEquals(401, answer.statusCode());
            assertEquals("Bearer", answer.headers().firstValue("WWW-Authenticate").orElse(""));
            assertTrue(!answer.body().contains("freelims_sync"), answer.body());
        }
        assertEquals(403, watched.send("GET", "/metrics", watched.token("ada")).statusCode());
        assertEquals(405, watched.send("POST", "/metrics", watched.token("grace")).statusCode());
    }

    @Test
    void metrics_forAnAdministrator_areThere() throws Exception {
        var answer = watched.send("GET", "/metrics", watched.token("grace"));

        assertEquals(200, answer.statusCode());
        assertTrue(answer.body().contains("freelims_sync_connections "), answer.body());
    }

    @Test
    void aChange_movesRelayHubAndLogFigures() throws Exception {
        double moved = value("freelims_sync_relay_moved_total");
        watched.database().execute("INSERT INTO locations (name) VALUES ('Cold room')");

        String created = "freelims_sync_changes_total{action=\"create\",resource=\"locations\"}";
        await().atMost(LONG).until(() -> scrape().contains(created + " 1.0"));
        await().atMost(LONG).until(() -> value("freelims_sync_relay_moved_total") > moved);
        await().atMost(LONG)
                .until(
                        () ->
                                value("freelims_sync_log_head") > 0
                                        && value("freelims_sync_log_head")
                                                == value("freelims_sync_position"));
        assertTrue(value("freelims_sync_latency_seconds_count") >= 1);
        assertTrue(value("freelims_sync_relay_rounds_seconds_count") >= 1);
        assertEquals(1, value("freelims_sync_up{check=\"database\"}"));
        assertTrue(value("freelims_sync_database_size_bytes") > 1 << 20);
    }

    @Test
    void aClient_isCountedFromHandshakeToClosing() throws Exception {
        double refused = value("freelims_sync_handshakes_refused_total{status=\"404\"}");
        double unauthenticated = value("freelims_sync_refusals_total{code=\"UNAUTHENTICATED\"}");
        double left = value("freelims_sync_connections_closed_total{code=\"LEFT\"}");
        var http = HttpClient.newHttpClient();
        URI base = URI.create(watched.server().url().replaceFirst("^http", "ws") + "/");
        await().until(
                        () ->
                                http.newWebSocketBuilder()
                                        .buildAsync(
                                                base.resolve("nowhere"),
                                                new WebSocket.Listener() {})
                                        .handle((socket, error) -> error != null)
                                        .get());
        WebSocket socket =
                http.newWebSocketBuilder()
                        .subprotocols("freelims.sync.v1")
                        .buildAsync(base.resolve("sync"), new WebSocket.Listener() {})
                        .get();
        await().atMost(LONG).until(() -> value("freelims_sync_connections") == 1);
        socket.sendText("{\"type\":\"subscribe\",\"id\":1,\"to\":\"x\",\"from\":\"now\"}", true)
                .get();
        await().atMost(LONG)
                .until(
                        () ->
                                value("freelims_sync_refusals_total{code=\"UNAUTHENTICATED\"}")
                                        == unauthenticated + 1);
        socket.sendClose(1000, "done").get();
        await().atMost(LONG)
                .until(
                        () ->
                                value("freelims_sync_connections_closed_total{code=\"LEFT\"}")
                                        == left + 1);
        assertEquals(refused + 1, value("freelims_sync_handshakes_refused_total{status=\"404\"}"));
    }
}
