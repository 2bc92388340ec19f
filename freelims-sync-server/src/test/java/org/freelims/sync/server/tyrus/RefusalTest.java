package org.freelims.sync.server.tyrus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.freelims.sync.access.Authenticator;
import org.freelims.sync.access.Principal;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.server.socketio.SocketIoEndpoint;
import org.freelims.sync.session.HubListener;
import org.freelims.sync.transport.CloseReason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class RefusalTest {
    private static final Authenticator TOKENS =
            token -> {
                if (token.equals("good")) {
                    return Principal.of("user:7");
                }
                if (token.equals("later")) {
                    throw new SyncException(ErrorCode.UNAVAILABLE, "The accounts can't be read.");
                }
                throw Authenticator.badToken();
            };

    private static final List<String> SOCKET_IO =
            List.of(
                    "/socket.io/?EIO=4&transport=websocket",
                    "/ws/?EIO=4&transport=websocket",
                    "/ws/socket.io/?EIO=4&transport=websocket");

    private static final String POLL =
            "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger heard = new AtomicInteger();
    private final AtomicInteger openedByHub = new AtomicInteger();
    private final List<SocketIoEndpoint> socketIo = new ArrayList<>();
    private final ServerFixture fixture =
            start(
                    builder ->
                            builder.route("/counted", h -> WebSocketRoute.accept(this::counted))
                                    .route(
                                            "/never",
                                            h ->
                                                    WebSocketRoute.refuse(
                                                            Refusal.of(
                                                                    Integer.parseInt(
                                                                            h.request()
                                                                                    .parameter(
                                                                                            "status")
                                                                                    .orElseThrow()),
                                                                    "No \"entry\"")))
                                    .route(
                                            "/broken",
                                            h -> CompletableFuture.failedStage(new Error("x"))));

    /** A server with all that can be connected to, which counts the sessions that open. */
    private ServerFixture start(Consumer<SyncServerBuilder> more) {
        HubListener counting =
                new HubListener() {
                    @Override
                    public void opened() {
                        openedByHub.incrementAndGet();
                    }
                };
        return new ServerFixture(
                hub -> hub.allowAnonymous(true).authenticator(TOKENS).listener(counting),
                (hub, builder) -> {
                    SocketIoEndpoint endpoint =
                            SocketIoEndpoint.builder()
                                    .hub(hub)
                                    .authenticator(TOKENS)
                                    .allowAnonymous(true)
                                    .build();
                    socketIo.add(endpoint);
                    endpoint.mountOn(builder)
                            .authenticator(TOKENS)
                            .tickets(TOKENS)
                            .allowedOrigins(List.of("https://lims.example.org"))
                            .limits(
                                    ConnectionLimits.defaults()
                                            .withCloseTimeout(Duration.ofMillis(200)));
                    more.accept(builder);
                });
    }

    private int openSessions() {
        return openedByHub.get() + socketIo.stream().mapToInt(SocketIoEndpoint::sessions).sum();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private WebSocketHandler counted(WebSocketChannel channel) {
        opened.incrementAndGet();
        return new WebSocketHandler() {
            @Override
            public void onText(String text) {
                heard.incrementAndGet();
                channel.sendText(text);
            }

            @Override
            public void onBinary(byte[] data) {
                heard.incrementAndGet();
            }

            @Override
            public void onClosed(CloseReason reason) {}
        };
    }

    @TestFactory
    List<DynamicTest> refusal_isCompleteAndNothingOpensAfterIt() {
        return List.of(
                refused(404, RawClient.request("/nowhere")),
                refused(404, RawClient.request("/counted/")),
                refused(404, RawClient.request("/%63ounted")),
                refused(405, RawClient.request("/counted").replaceFirst("GET", "POST")),
                refused(405, RawClient.request("/counted").replaceFirst("GET", "PUT")),
                refused(400, RawClient.request("/counted", "Connection: keep-alive")),
                refused(400, RawClient.request("/counted", "Connection:")),
                refused(400, RawClient.request("/counted", "Sec-WebSocket-Key:")),
                refused(400, RawClient.request("/counted", "Sec-WebSocket-Key: short")),
                refused(
                        400,
                        RawClient.request(
                                "/counted", "Sec-WebSocket-Key: !Ghl-HNhbXBsZSBub25jZQ==")),
                refused(400, RawClient.request("/counted", "Sec-WebSocket-Version:")),
                refused(426, RawClient.request("/counted", "Sec-WebSocket-Version: 8")),
                refused(426, RawClient.request("/counted", "Sec-WebSocket-Version: 14")),
                refused(400, RawClient.request("/counted?a=%ZZ")),
                refused(400, RawClient.request("/counted", "Content-Length: 5")),
                refused(403, RawClient.request("/counted", "Origin: https://evil.example.org")),
                refused(403, RawClient.request("/counted", "Origin: null")),
                refused(
                        403,
                        RawClient.request("/counted", "Origin: https://lims.example.org.evil.com")),
                refused(403, RawClient.request("/counted", "Origin: http://lims.example.org")),
                refused(
                        403,
                        RawClient.request("/counted", "Host: evil.com", "Origin: http://evil.com")),
                refused(426, RawClient.request("/counted", "Upgrade:", "Connection:")),
                refused(401, RawClient.request("/never?status=401")),
                refused(403, RawClient.request("/never?status=403")),
                refused(404, RawClient.request("/never?status=404")),
                refused(429, RawClient.request("/never?status=429")),
                refused(503, RawClient.request("/never?status=503")),
                refused(500, RawClient.request("/broken")),
                refused(401, RawClient.request("/sync", "Authorization: Bearer bad")),
                refused(401, RawClient.request("/sync", "Authorization: Basic dXNlcjpwYXNz")),
                refused(401, RawClient.request("/sync?ticket=bad")),
                refused(503, RawClient.request("/sync", "Authorization: Bearer later")),
                refused(400, RawClient.request("/sync", "Sec-WebSocket-Protocol: graphql-ws")));
    }

    private DynamicTest refused(int status, String request) {
        String name = status + " for " + request.replace("\r\n", " ");
        return dynamicTest(
                name,
                () -> {
                    try (RawClient client = RawClient.connect(fixture.port())) {
                        // the frame stands behind the handshake already, and more comes after the
                        // answer
                        client.write(request + "\u0081\u0081\0\0\0\0x");
                        RawClient.Response response = client.response();
                        assertEquals(status, response.status());
                        assertEquals("close", response.headers().get("connection"));
                        assertTrue(response.headers().containsKey("content-length"));
                        assertTrue(
                                response.body().matches("\\{\"detail\":\".+\"}"), response.body());
                        goOnAllTheSame(client);
                        assertTrue(client.ended(), "nothing follows the refusal");
                    }
                    try (RawClient client = RawClient.connect(fixture.port())) {
                        // good handshakes, pipelined and after the answer
                        client.write(request + goodHandshakes());
                        assertEquals(status, client.response().status());
                        client.write(goodHandshakes());
                        client.sendText("x");
                        assertTrue(client.ended(), "nothing follows the refusal");
                    }
                    assertEquals(0, opened.get(), "no session opened");
                    assertEquals(0, openSessions(), "none of the hub's or of Socket.IO's either");
                    assertEquals(0, heard.get(), "no frame was heard");
                    Awaitility.await().until(() -> fixture.server.connections() == 0);
                });
    }

    private static String goodHandshakes() {
        return RawClient.request("/counted")
                + RawClient.request("/sync", "Authorization: Bearer good")
                + RawClient.request(SOCKET_IO.get(0))
                + POLL;
    }

    /** Whatever a client could say that takes no notice of the refusal. */
    private static void goOnAllTheSame(RawClient client) {
        client.sendText("{\"type\":\"authenticate\",\"id\":1,\"token\":\"good\"}");
        client.sendText("{\"type\":\"subscribe\",\"id\":2,\"to\":\"*\",\"from\":\"snapshot\"}");
        client.sendText("40{\"token\":\"good\"}");
        client.sendText("42[\"subscribe\",{\"resource\":\"inventory\"}]");
        client.write(RawClient.request("/counted"));
        client.write(RawClient.request("/sync", "Authorization: Bearer good"));
        client.write(RawClient.request(SOCKET_IO.get(0)));
        client.write(POLL);
        client.sendText("again");
    }

    @TestFactory
    List<DynamicTest> refusal_onThePathsOfSyncAndSocketIo_opensNothing() {
        List<String> paths = new ArrayList<>(SOCKET_IO);
        paths.add("/sync");
        List<DynamicTest> tests = new ArrayList<>();
        for (String path : paths) {
            String below = path.contains("?") ? path.replace("?", "x?") : path + "/x";
            tests.add(refused(404, RawClient.request(below)));
            for (String method : List.of("POST", "PUT", "DELETE")) {
                tests.add(refused(405, RawClient.request(path).replaceFirst("GET", method)));
            }
            tests.add(refused(400, RawClient.request(path, "Sec-WebSocket-Key:")));
            tests.add(refused(400, RawClient.request(path, "Connection: keep-alive")));
            tests.add(refused(400, RawClient.request(path, "Content-Length: 5")));
            tests.add(refused(426, RawClient.request(path, "Sec-WebSocket-Version: 8")));
            tests.add(refused(403, RawClient.request(path, "Origin: https://evil.example.org")));
            tests.add(refused(403, RawClient.request(path, "Origin: null")));
        }
        tests.add(refused(401, RawClient.request("/sync", "Authorization: Bearer bad")));
        tests.add(refused(401, RawClient.request("/sync?ticket=bad")));
        tests.add(refused(503, RawClient.request("/sync", "Authorization: Bearer later")));
        return tests;
    }

    /** Requests that ask for no upgrade are parsed one behind the other. */
    @Test
    void refusal_ofAPlainRequest_opensNothingForThoseBehindIt() {
        for (String refused :
                List.of(
                        RawClient.request("/counted", "Upgrade:", "Connection:"),
                        "GET /a%zz HTTP/1.1\r\nHost: x\r\n\r\n",
                        "GET /socket.io/?EIO=4&transport=polling HTTP/1.0\r\n\r\n")) {
            for (String next : List.of(POLL, RawClient.request("/counted"), goodHandshakes())) {
                int before = openSessions();
                try (RawClient client = RawClient.connect(fixture.port())) {
                    client.write(refused + next);
                    client.response();
                    client.write(next);
                    assertTrue(client.ended());
                }
                assertEquals(0, opened.get(), refused + next);
                assertEquals(before + (refused.contains("1.0") ? 1 : 0), openSessions(), next);
            }
        }
    }

    @Test
    void refusal_bySocketIoItself_opensNothing() {
        for (String query :
                List.of(
                        "EIO=3&transport=websocket",
                        "transport=websocket",
                        "EIO=4&transport=polling",
                        "EIO=4&transport=x",
                        "EIO=4&transport=websocket&sid=forged")) {
            try (RawClient client = RawClient.connect(fixture.port())) {
                client.write(RawClient.request("/socket.io/?" + query));
                assertEquals(400, client.response().status(), query);
                goOnAllTheSame(client);
                assertTrue(client.ended());
            }
        }
        assertEquals(0, openSessions());
    }

    @Test
    void refusal_forThereBeingTooMany_opensNothing() {
        List<String> paths = new ArrayList<>(SOCKET_IO);
        paths.add("/sync");
        try (ServerFixture full =
                        start(b -> b.limits(ConnectionLimits.defaults().withConnections(1, 1)));
                RawClient one = RawClient.open(full.port(), "/echo")) {
            for (String path : paths) {
                try (RawClient client = RawClient.connect(full.port())) {
                    client.write(RawClient.request(path));
                    assertEquals(503, client.response().status(), path);
                    goOnAllTheSame(client);
                    assertTrue(client.ended());
                }
            }
            assertEquals(0, openSessions());
            one.sendText("x");
            one.readText("x");
        }
    }

    @Test
    void handshake_whileTheRouteDecides_hearsNothingUntilItIsOpen() {
        CompletableFuture<WebSocketRoute.Verdict> verdict = new CompletableFuture<>();
        try (ServerFixture slow = ServerFixture.start(b -> b.route("/slow", h -> verdict));
                RawClient client = RawClient.connect(slow.port())) {
            client.write(RawClient.request("/slow"));
            client.sendText("early");
            Awaitility.await().until(() -> slow.server.connections() == 1);
            assertEquals(0, opened.get());
            verdict.complete(
                    new WebSocketRoute.Verdict.Accept(java.util.Optional.empty(), this::counted));
            assertEquals(101, client.response().status());
            assertEquals("early", client.readText("early"));
        }
    }

    @Test
    void handshake_theRouteNeverDecides_isCutAtTheTimeout() {
        Consumer<SyncServerBuilder> impatient =
                b ->
                        b.route("/slow", h -> new CompletableFuture<>())
                                .limits(shortTimeouts(Duration.ofMillis(200)));
        try (ServerFixture slow = ServerFixture.start(impatient);
                RawClient client = RawClient.connect(slow.port())) {
            client.write(RawClient.request("/slow"));
            assertTrue(client.ended());
            Awaitility.await().until(() -> slow.server.connections() == 0);
        }
    }

    @Test
    void header_neverEnding_isCutAtTheTimeout() {
        try (ServerFixture slow =
                        ServerFixture.start(b -> b.limits(shortTimeouts(Duration.ofMillis(300))));
                RawClient client = RawClient.connect(slow.port())) {
            client.write("GET /sync HTTP/1.1\r\nHost: x\r\nX-Slow: ");
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(50))
                    .until(
                            () -> {
                                client.write("x");
                                client.socket().setSoTimeout(1);
                                try {
                                    return client.ended();
                                } catch (java.io.UncheckedIOException e) {
                                    return false; // nothing to read yet: still open
                                }
                            });
        }
    }

    @Test
    void connection_sayingNothing_isCutAtTheTimeout() {
        try (ServerFixture slow =
                        ServerFixture.start(b -> b.limits(shortTimeouts(Duration.ofMillis(200))));
                RawClient client = RawClient.connect(slow.port())) {
            assertTrue(client.ended());
        }
    }

    @Test
    void header_overTheLimit_isRefusedWith400() {
        try (RawClient client = RawClient.connect(fixture.port())) {
            client.write(RawClient.request("/sync", "X-Long: " + "x".repeat(20_000)));
            assertEquals(400, client.response().status());
        }
    }

    @Test
    void connections_overTheLimits_areRefusedWith503And429() {
        Consumer<SyncServerBuilder> two =
                b -> b.limits(ConnectionLimits.defaults().withConnections(2, 2));
        try (ServerFixture few = ServerFixture.start(two);
                RawClient one = RawClient.open(few.port(), "/echo");
                RawClient other = RawClient.open(few.port(), "/echo")) {
            assertEquals(503, handshake(few.port()).status());
            one.hangUp();
            Awaitility.await().until(() -> few.server.connections() == 1);
            RawClient.open(few.port(), "/echo").close();
            other.sendText("still here");
            other.readText("still here");
        }
        Consumer<SyncServerBuilder> oneEach =
                b -> b.limits(ConnectionLimits.defaults().withConnections(9, 1));
        try (ServerFixture few = ServerFixture.start(oneEach);
                RawClient one = RawClient.open(few.port(), "/echo")) {
            RawClient.Response response = handshake(few.port());
            assertEquals(429, response.status());
            assertEquals("5", response.headers().get("retry-after"));
            one.sendText("x");
            one.readText("x");
        }
    }

    @Test
    void allowedClients_areAccepted() {
        List.of(
                        RawClient.request("/counted"),
                        RawClient.request("/counted", "Origin: https://lims.example.org"),
                        RawClient.request("/counted", "Origin: HTTPS://LIMS.example.org:443"),
                        RawClient.request(
                                "/counted",
                                "Host: localhost:8001",
                                "Origin: http://localhost:8001"),
                        RawClient.request("/counted", "Connection: keep-alive, Upgrade"),
                        RawClient.request("/counted", "Upgrade: WebSocket"),
                        RawClient.request("/sync", "Authorization: bearer good"),
                        RawClient.request("/sync?ticket=good"),
                        RawClient.request("/sync", "Sec-WebSocket-Protocol: x, freelims.sync.v1"))
                .forEach(
                        request -> {
                            try (RawClient client = RawClient.connect(fixture.port())) {
                                client.write(request);
                                RawClient.Response response = client.response();
                                assertEquals(101, response.status(), request);
                                assertEquals(
                                        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                                        response.headers().get("sec-websocket-accept"));
                                assertEquals(
                                        request.contains("freelims.sync.v1"),
                                        response.headers().containsKey("sec-websocket-protocol"));
                                assertFalse(
                                        response.headers().containsKey("transfer-encoding"),
                                        response.toString());
                            }
                        });
    }

    private static RawClient.Response handshake(int port) {
        try (RawClient client = RawClient.connect(port)) {
            return client.handshake("/echo");
        }
    }

    private static ConnectionLimits shortTimeouts(Duration each) {
        return ConnectionLimits.defaults().withTimeouts(each, each, each);
    }

    @Test
    void refusal_headers_holdNoLineBreaks() {
        org.junit.jupiter.api.Assertions.assertThrows(
                IllegalArgumentException.class,
                () -> Refusal.of(400, "x", Map.of("X", "a\r\nSet-Cookie: b")));
    }
}
