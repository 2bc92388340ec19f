package org.freelims.sync.server.tyrus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("StringConcatToTextBlock") // lines end with CR LF
class HttpRouteTest {
    private static final int MAX_BODY = 200_000;

    private final BlockingQueue<Waiting> waiting = new LinkedBlockingQueue<>();
    private final AtomicInteger broken = new AtomicInteger();
    private final ServerFixture fixture =
            ServerFixture.start(builder -> builder.httpRoute("/route/", this::serve));

    private record Waiting(HttpRequest request, HttpExchange exchange) {
        void answer(String body) {
            exchange.answer(text(200, body), () -> {}, () -> {});
        }

        void answerWithBody() {
            exchange.body(
                    MAX_BODY,
                    body -> answer(body.length + " bytes"),
                    failure -> exchange.answer(text(413, failure.name()), () -> {}, () -> {}));
        }
    }

    private static HttpAnswer text(int status, String body) {
        return new HttpAnswer(
                status, "text/plain", body.getBytes(StandardCharsets.UTF_8), Map.of("X-Of", "us"));
    }

    /** Answers at once, with the body, or when the test says so: as the path asks. */
    private void serve(HttpRequest request, HttpExchange exchange) {
        Waiting one = new Waiting(request, exchange);
        exchange.onBroken(broken::incrementAndGet);
        switch (request.path()) {
            case "/route/now" -> one.answer("now");
            case "/route/body" -> one.answerWithBody();
            case "/route/fail" -> throw new IllegalStateException("as the test asked");
            default -> waiting.add(one);
        }
    }

    private Waiting taken() throws InterruptedException {
        Waiting one = waiting.poll(10, TimeUnit.SECONDS);
        if (one == null) {
            throw new AssertionError("no request came");
        }
        return one;
    }

    private RawClient connect() {
        return RawClient.connect(fixture.port());
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
    }

    private static String post(String path, int length) {
        return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n";
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void request_reachesTheRouteWhole() throws Exception {
        try (RawClient client = connect()) {
            client.write(
                    "GET /route/wait?a=1%202&a=3&b HTTP/1.1\r\n"
                            + "Host: x\r\n"
                            + "Authorization: Bearer t\r\n"
                            + "X-Two: 1\r\nX-Two: 2\r\n\r\n");
            Waiting one = taken();
            one.answer("done");
            assertEquals("GET", one.request().method());
            assertEquals("/route/wait", one.request().path());
            assertEquals(Map.of("a", "1 2", "b", ""), one.request().query());
            assertEquals("t", one.request().bearerToken().orElse(""));
            assertEquals("1,2", one.request().header("x-TWO").orElse(""));
            assertEquals("127.0.0.1", one.request().remoteAddress());
            RawClient.Response response = client.response();
            assertEquals(200, response.status());
            assertEquals("done", response.body());
            assertEquals("us", response.headers().get("x-of"));
            assertEquals("no-store", response.headers().get("cache-control"));
            assertTrue(response.headers().containsKey("date"), response.toString());
            assertNull(response.headers().get("connection"));
        }
    }

    @Test
    void requests_ofOneConnection_areAnsweredInTheirOrder() throws Exception {
        try (RawClient client = connect()) {
            client.write(get("/route/wait") + post("/route/body", 3) + "abc" + get("/route/now"));
            Waiting first = taken();
            assertNull(waiting.poll(200, TimeUnit.MILLISECONDS));
            client.write(get("/route/wait2"));
            first.answer("first");
            assertEquals("first", client.response().body());
            assertEquals("3 bytes", client.response().body());
            assertEquals("now", client.response().body());
            Waiting last = taken();
            assertEquals("/route/wait2", last.request().path());
            last.answer("last");
            assertEquals("last", client.response().body());
        }
    }

    /** Those of Grizzly's handlers too: here its page of what is not found. */
    @Test
    void requests_forRoutesAndHandlersInTurn_areAnsweredInTheirOrder() throws Exception {
        try (RawClient client = connect()) {
            client.write(get("/route/wait") + get("/other") + get("/route/now"));
            taken().answer("first");
            assertEquals("first", client.response().body());
            assertEquals(404, client.response().status());
            assertEquals("now", client.response().body());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5000, MAX_BODY})
    void body_inOnePieceOrMany_isReadWhole(int length) {
        try (RawClient client = connect()) {
            client.write(post("/route/body", length) + "x".repeat(length));
            assertEquals(length + " bytes", client.response().body());
            client.write(post("/route/body", length));
            for (int i = 0; i < length; i += Math.max(1, length / 10)) {
                client.write("y".repeat(Math.min(length - i, Math.max(1, length / 10))));
            }
            assertEquals(length + " bytes", client.response().body());
        }
    }

    @Test
    void body_inChunks_isReadWhole() {
        try (RawClient client = connect()) {
            client.write(
                    "POST /route/body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            client.write("3\r\nabc\r\n");
            client.write("2\r\nde\r\n0\r\n\r\n" + get("/route/now"));
            assertEquals("5 bytes", client.response().body());
            assertEquals("now", client.response().body());
        }
    }

    @Test
    void body_thatIsTooLong_isRefusedAndNotRead() {
        for (String head :
                new String[] {
                    post("/route/body", MAX_BODY + 1),
                    "POST /route/body HTTP/1.1\r\n"
                            + "Host: x\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n"
                            + "fffff\r\n"
                            + "x".repeat(MAX_BODY + 1)
                }) {
            try (RawClient client = connect()) {
                client.write(head);
                RawClient.Response response = client.response();
                assertEquals(413, response.status());
                assertEquals("TOO_BIG", response.body());
                assertEquals("close", response.headers().get("connection"));
                client.write(get("/route/now"));
                assertTrue(client.ended());
            }
        }
    }

    /** It waits in the client, not here. */
    @Test
    void body_thatNobodyHasAskedFor_isNotRead() throws Exception {
        try (RawClient client = connect()) {
            int length = 64 << 20;
            client.write(post("/route/wait", length));
            Waiting one = taken();
            Thread writer = new Thread(() -> client.write(new byte[length]));
            writer.start();
            writer.join(500); // the systems' buffers are full long before
            assertTrue(writer.isAlive());
            one.answer("not wanted");
            assertEquals("not wanted", client.response().body());
            client.hangUp();
            writer.join(10_000);
            assertFalse(writer.isAlive());
        }
    }

    @Test
    void body_thatIsAskedForLate_isReadWhole() throws Exception {
        try (RawClient client = connect()) {
            client.write(post("/route/wait", 100_000) + "x".repeat(50_000));
            Waiting one = taken();
            client.write("x".repeat(50_000) + get("/route/now"));
            assertNull(waiting.poll(200, TimeUnit.MILLISECONDS)); // time for more to arrive
            one.answerWithBody();
            assertEquals("100000 bytes", client.response().body());
            assertEquals("now", client.response().body());
        }
    }

    @Test
    void body_thatAsksWhetherToCome_isAskedFor() {
        String expect = "POST /route/body HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n";
        try (RawClient client = connect()) {
            client.write(expect + "Content-Length: 3\r\n\r\n");
            assertEquals(100, client.response().status());
            client.write("abc");
            assertEquals("3 bytes", client.response().body());
        }
        try (RawClient client = connect()) {
            client.write(expect + "Content-Length: 300000\r\n\r\n");
            assertEquals(413, client.response().status());
        }
    }

    @Test
    void body_thatBreaksOff_endsTheRequest() throws Exception {
        try (RawClient client = connect()) {
            client.write(post("/route/wait", 10) + "x");
            taken().answerWithBody();
        }
        Awaitility.await().untilAsserted(() -> assertEquals(1, broken.get()));
    }

    @Test
    void body_thatIsNotAsHttpHasIt_endsTheRequest() throws Exception {
        try (RawClient client = connect()) {
            client.write(
                    "POST /route/body HTTP/1.1\r\n"
                            + "Host: x\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n"
                            + "3\r\nabc\r\n");
            client.write("zz\r\n");
            assertEquals(400, client.response().status());
            assertTrue(client.ended());
        }
        Awaitility.await().untilAsserted(() -> assertEquals(1, broken.get()));
    }

    @Test
    void client_thatGoesWhileItWaits_isNoticedAtOnce() throws Exception {
        Waiting one;
        try (RawClient client = connect()) {
            client.write(get("/route/wait"));
            one = taken();
            assertEquals(0, broken.get());
        }
        Awaitility.await().untilAsserted(() -> assertEquals(1, broken.get()));
        AtomicInteger failed = new AtomicInteger();
        one.exchange().answer(text(200, "late"), () -> {}, failed::incrementAndGet);
        one.exchange().onBroken(failed::incrementAndGet);
        assertEquals(2, failed.get());
    }

    @Test
    void answer_thatIsNotTheFirst_fails() throws Exception {
        try (RawClient client = connect()) {
            client.write(get("/route/wait"));
            Waiting one = taken();
            AtomicInteger failed = new AtomicInteger();
            one.answer("first");
            one.exchange().answer(text(200, "second"), () -> {}, failed::incrementAndGet);
            assertEquals(1, failed.get());
            client.write(get("/route/now"));
            assertEquals("first", client.response().body());
            assertEquals("now", client.response().body());
            assertEquals(0, broken.get());
        }
    }

    @Test
    void answer_thatTheClientDoesNotRead_isNotWritten_andCutInTime() throws Exception {
        ConnectionLimits limits =
                ConnectionLimits.defaults()
                        .withTimeouts(
                                Duration.ofSeconds(10),
                                Duration.ofMillis(500),
                                Duration.ofSeconds(60));
        BlockingQueue<String> outcome = new LinkedBlockingQueue<>();
        try (ServerFixture other =
                        ServerFixture.start(
                                builder ->
                                        builder.limits(limits)
                                                .httpRoute(
                                                        "/big/",
                                                        (request, exchange) ->
                                                                exchange.answer(
                                                                        text(
                                                                                200,
                                                                                "x"
                                                                                        .repeat(
                                                                                                32
                                                                                                        << 20)),
                                                                        () ->
                                                                                outcome.add(
                                                                                        "written"),
                                                                        () ->
                                                                                outcome.add(
                                                                                        "failed"))));
                RawClient client = RawClient.connect(other.port(), 1024)) {
            client.write(get("/big/"));
            assertEquals("failed", outcome.poll(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void route_thatThrows_answers500() {
        try (RawClient client = connect()) {
            client.write(get("/route/fail"));
            assertEquals(500, client.response().status());
            client.write(get("/route/now"));
            assertEquals("now", client.response().body());
        }
    }

    @Test
    void head_isAnsweredWithoutTheBody() {
        try (RawClient client = connect()) {
            client.write("HEAD /route/now HTTP/1.1\r\nHost: x\r\n\r\n" + get("/route/now"));
            StringBuilder all = new StringBuilder();
            byte[] bytes = new byte[4096];
            while (!all.toString().endsWith("now")) {
                int count = client.socket().getInputStream().read(bytes);
                all.append(new String(bytes, 0, count, StandardCharsets.ISO_8859_1));
            }
            assertEquals(2, all.toString().split("Content-Length: 3\r\n", -1).length - 1);
            assertEquals(1, all.toString().split("now", -1).length - 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /route/now HTTP/1.0\r\n\r\n",
                "GET /route/now HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n",
            })
    void client_thatWantsOneAnswerOnly_isAnsweredAndClosed(String request) {
        try (RawClient client = connect()) {
            client.write(request + get("/route/now"));
            RawClient.Response response = client.response();
            assertEquals("now", response.body());
            assertEquals("close", response.headers().get("connection"));
            assertTrue(client.ended());
        }
    }

    @Test
    void path_thatIsNoneOrTaken_isRefused() {
        SyncServerBuilder builder = SyncServer.builder().httpRoute("/a/", (r, x) -> {});
        for (String path : new String[] {"/b", "b/", "/a/", "/a/b/", "/"}) {
            assertThrows(
                    IllegalArgumentException.class, () -> builder.httpRoute(path, (r, x) -> {}));
        }
    }
}
