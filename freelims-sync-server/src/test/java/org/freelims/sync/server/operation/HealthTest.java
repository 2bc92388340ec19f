package org.freelims.sync.server.operation;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.cli.ServerForTests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The health endpoints of a real server on a real database. */
class HealthTest {
    private static final Duration LONG = Duration.ofSeconds(90);
    private static final JsonMapper JSON = new JsonMapper();

    private static final String HANDSHAKE =
            """
            GET /sync HTTP/1.1
            Host: 127.0.0.1
            Upgrade: websocket
            Connection: Upgrade
            Sec-WebSocket-Version: 13
            Sec-WebSocket-Protocol: freelims.sync.v1
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

            """;

    @TempDir Path dir;
    private final HttpClient http = HttpClient.newHttpClient();
    private final PostgresForTests.Database database = PostgresForTests.freshDatabase();
    private ServerForTests server;

    @BeforeEach
    void start() {
        server = ServerForTests.start(database, dir);
    }

    @AfterEach
    void stop() {
        allowConnections(true);
        server.close();
    }

    private HttpResponse<String> send(String method, String path)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(server.url() + path))
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }

    private JsonNode get(String path, int status) throws IOException, InterruptedException {
        HttpResponse<String> response = send("GET", path);
        assertEquals(status, response.statusCode(), response.body());
        return JSON.readTree(response.body());
    }

    /** As if this server's database were down; the others of this JVM's PostgreSQL are not. */
    private void allowConnections(boolean allow) {
        var admin =
                new PostgresForTests.Database(
                        "postgres",
                        PostgresForTests.postgres().jdbcUrl("postgres"),
                        database.user(),
                        database.password());
        admin.execute("ALTER DATABASE " + database.name() + " ALLOW_CONNECTIONS " + allow);
        if (!allow) {
            admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
                            + database.name()
                            + "'");
        }
    }

    @Test
    void health_ofAWorkingServer_isLiveAndReady() throws Exception {
        assertEquals("live", get("/health/live", 200).path("status").asText());
        JsonNode ready = get("/health/ready", 200);
        assertEquals("ready", ready.path("status").asText());
        for (String check : new String[] {"database", "relay", "log", "closing"}) {
            assertTrue(ready.path("checks").path(check).path("up").asBoolean(), ready.toString());
        }
        assertEquals("healthy", get("/api/health", 200).path("status").asText());
    }

    @Test
    void health_whileTheDatabaseIsDown_isLiveNotReadyAndSaysWhy() throws Exception {
        allowConnections(false);
        await().atMost(LONG).until(() -> send("GET", "/health/ready").statusCode() == 503);
        JsonNode check = get("/health/ready", 503).path("checks").path("database");
        assertEquals(false, check.path("up").asBoolean());
        assertTrue(check.path("reason").asText().startsWith("the database "), check.toString());
        assertEquals("live", get("/health/live", 200).path("status").asText());

        allowConnections(true);
        await().atMost(LONG).until(() -> send("GET", "/health/ready").statusCode() == 200);
    }

    @Test
    void ready_whileTheServerCloses_saysSo() throws Exception {
        // a client that does not answer the close frame keeps the port open for a while
        try (var client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            client.getOutputStream()
                    .write(HANDSHAKE.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII));
            assertTrue(client.getInputStream().read() > 0);
            CompletableFuture<Void> closing = CompletableFuture.runAsync(server::stop);

            await().pollInterval(Duration.ofMillis(10))
                    .atMost(LONG)
                    .until(
                            () ->
                                    send("GET", "/health/ready")
                                            .body()
                                            .contains("the server is going down"));
            closing.join();
        }
    }

    @Test
    void health_askedInOtherWays_isRefused() throws Exception {
        assertEquals(405, send("POST", "/health/ready").statusCode());
        assertEquals(404, send("GET", "/health/other").statusCode());
        assertEquals(200, send("HEAD", "/health/live").statusCode());
        assertEquals(
                "no-store",
                send("GET", "/health/live").headers().firstValue("Cache-Control").orElse(""));
    }
}
