package org.freelims.sync.server.lims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpRequest;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.lims.LimsForTests.Reply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What a client of FastAPI would notice besides the operations. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HttpTest {
    private LimsForTests lims;

    @BeforeAll
    void start() {
        lims = LimsForTests.start();
    }

    @AfterAll
    void stop() {
        lims.close();
    }

    @Test
    void health_needsNoToken() {
        assertEquals(
                "200 {\"status\":\"healthy\",\"version\":\"1.2.3\"}",
                lims.get("/api/health", "").toString());
    }

    @Test
    void path_unknown_isNotFoundWithoutAToken() {
        for (String path : new String[] {"/api/nothing", "/api/chemicals/1/2/3", "/api/", "/api"}) {
            Reply reply = lims.get(path, "");
            assertEquals("404 {\"detail\":\"Not Found\"}", reply.toString(), path);
            assertEquals(
                    LimsForTests.ORIGIN, reply.header("Access-Control-Allow-Origin").orElse(""));
        }
    }

    @Test
    void method_thatIsNotThere_isRefusedWithThoseThatAre() {
        Reply reply = lims.send("PATCH", "/api/chemicals/1", lims.user(), "{}");

        assertEquals("405 {\"detail\":\"Method Not Allowed\"}", reply.toString());
        assertTrue(reply.header("Allow").orElse("").contains("PUT"), reply.http()::toString);
    }

    @Test
    void head_answersWithoutABody() {
        Reply reply = lims.send("HEAD", "/api/health", "", "");

        assertEquals("200 ", reply.toString());
    }

    @Test
    void accept_ofAnything_getsJson() {
        Reply reply = lims.send(lims.request("/api/health").header("Accept", "text/html").GET());

        assertEquals(200, reply.status());
        assertEquals("application/json", reply.header("Content-Type").orElse(""));
    }

    @Test
    void body_withoutAContentType_isReadAsJson() {
        Reply reply =
                lims.send(
                        lims.request("/api/chemicals")
                                .header("Authorization", "bearer " + lims.user())
                                .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"Plain\"}")));

        assertEquals(201, reply.status(), reply.text());
    }

    @Test
    void body_tooLarge_isRefused() {
        String large = "{\"name\":\"" + "x".repeat(LimsApi.DEFAULT_MAX_BODY_BYTES) + "\"}";

        Reply announced = lims.post("/api/chemicals", lims.user(), large);
        Reply streamed =
                lims.send(
                        lims.request("/api/chemicals")
                                .header("Authorization", "Bearer " + lims.user())
                                .POST(
                                        HttpRequest.BodyPublishers.ofInputStream(
                                                () ->
                                                        new java.io.ByteArrayInputStream(
                                                                large.getBytes(
                                                                        java.nio.charset
                                                                                .StandardCharsets
                                                                                .UTF_8)))));

        assertEquals(413, announced.status(), announced.text());
        assertEquals(413, streamed.status(), streamed.text());
        assertTrue(announced.detail().contains("1048576 bytes"));
    }

    @Test
    void preflight_needsNoTokenAndNamesWhatIsAllowed() {
        Reply reply =
                lims.send(
                        lims.request("/api/inventory/items")
                                .header("Origin", LimsForTests.ORIGIN)
                                .header("Access-Control-Request-Method", "PUT")
                                .header("Access-Control-Request-Headers", "authorization")
                                .method("OPTIONS", HttpRequest.BodyPublishers.noBody()));

        assertEquals(200, reply.status());
        assertEquals(LimsForTests.ORIGIN, reply.header("Access-Control-Allow-Origin").orElse(""));
        assertEquals("authorization", reply.header("Access-Control-Allow-Headers").orElse(""));
    }

    @Test
    void originThatIsNotAllowed_getsNoPermission() {
        Reply reply =
                lims.send(
                        lims.request("/api/health").header("Origin", "http://evil.example").GET());

        assertTrue(reply.header("Access-Control-Allow-Origin").isEmpty());
        assertEquals("Origin", reply.header("Vary").orElse(""));
    }

    @Test
    void database_gone_isSaidAndRecoveredFrom() {
        try (LimsForTests own = LimsForTests.start()) {
            String token = own.user();
            String name = own.database.name();
            PostgresForTests.Database other = PostgresForTests.freshDatabase();
            other.execute("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false");
            other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
                            + name
                            + "'");

            Reply gone = own.get("/api/chemicals", token);
            other.execute("ALTER DATABASE " + name + " ALLOW_CONNECTIONS true");

            assertEquals(503, gone.status(), gone.text());
            assertTrue(gone.detail().contains("Try again"), gone.text());
            assertEquals("2", gone.header("Retry-After").orElse(""));
            assertEquals(200, own.get("/api/chemicals", token).status());
        }
    }
}
