package org.freelims.sync.server.socketio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the Engine.IO 4 protocol's own suite asks of a server, over the real port. */
class EngineIoConformanceTest {
    private static FixtureServer server;
    private static TestClient client;

    @BeforeAll
    static void start() {
        server = EngineIoEchoServer.start(0);
        client = new TestClient(server.port(), "/engine.io/");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void polling_open_announcesTheUpgrade() {
        HttpResponse<String> response = client.request("GET", "?EIO=4&transport=polling", "");
        assertEquals(200, response.statusCode());
        assertOpen(response.body(), "[\"websocket\"]");
    }

    @Test
    void websocket_open_announcesNoUpgrade() {
        TestClient.Peer peer = client.socket("?EIO=4&transport=websocket");
        assertOpen(peer.next(), "[]");
        peer.abort();
    }

    private static void assertOpen(String packet, String upgrades) {
        assertEquals('0', packet.charAt(0));
        JsonNode open = SocketJson.parse(packet.substring(1));
        Set<String> names = new TreeSet<>();
        open.fieldNames().forEachRemaining(names::add);
        assertEquals(Set.of("sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"), names);
        assertTrue(open.path("sid").textValue().length() >= 20);
        assertEquals(upgrades, open.path("upgrades").toString());
        assertEquals(300, open.path("pingInterval").intValue());
        assertEquals(200, open.path("pingTimeout").intValue());
        assertEquals(1_000_000, open.path("maxPayload").intValue());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?transport=polling",
                "?EIO=abc&transport=polling",
                "?EIO=3&transport=polling",
                "?EIO=4",
                "?EIO=4&transport=abc",
                "?EIO=4&transport=websocket",
                "?EIO=4&transport=polling&sid=unknown",
                ""
            })
    void polling_badQuery_isRefused(String query) {
        assertEquals(400, client.request("GET", query, "").statusCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE"})
    void polling_openByAnotherMethod_isRefused(String method) {
        assertEquals(400, client.request(method, "?EIO=4&transport=polling", "").statusCode());
        String sid = client.openPolling();
        if (!method.equals("POST")) {
            String query = "?EIO=4&transport=polling&sid=" + sid;
            assertEquals(400, client.request(method, query, "").statusCode());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?transport=websocket",
                "?EIO=abc&transport=websocket",
                "?EIO=4",
                "?EIO=4&transport=abc",
                "?EIO=4&transport=polling",
                "?EIO=4&transport=websocket&sid=unknown"
            })
    void websocket_badQuery_isRefused(String query) {
        assertEquals(400, client.refusedSocket(query));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "4hello",
                "4test1\u001e4test2\u001e4test3",
                "4hello\u001ebAQIDBA==",
                "4\u20ac \ud83d\ude00"
            })
    void polling_payload_comesBackAsItWas(String payload) {
        String sid = client.openPolling();
        HttpResponse<String> posted = client.post(sid, payload);
        assertEquals(200, posted.statusCode());
        assertEquals("ok", posted.body());
        HttpResponse<String> polled = client.poll(sid);
        assertEquals(200, polled.statusCode());
        assertEquals(payload, polled.body());
    }

    @Test
    void polling_packetThatDoesNotParse_closesTheSession() {
        String sid = client.openPolling();
        assertEquals(400, client.post(sid, "abc").statusCode());
        assertEquals(400, client.poll(sid).statusCode());
    }

    @Test
    void polling_twoGetsAtOnce_endTheSession() {
        String sid = client.openPolling();
        CompletableFuture<HttpResponse<String>> first = waitingGet(sid);
        assertEquals(400, client.poll(sid).statusCode());
        assertEquals(200, TestClient.join(first).statusCode());
        assertEquals("1", TestClient.join(first).body());
        assertEquals(400, client.poll(sid).statusCode());
    }

    /* That a GET waits can be seen from outside only by what it does not do. */
    private static CompletableFuture<HttpResponse<String>> waitingGet(String sid) {
        CompletableFuture<HttpResponse<String>> get = client.pollLater(sid);
        CompletableFuture<Void> aWhile =
                CompletableFuture.runAsync(
                        () -> {}, CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS));
        CompletableFuture.anyOf(get, aWhile).join();
        return get;
    }

    @Test
    void websocket_textAndBinary_comeBack() {
        TestClient.Peer peer = client.openSocket();
        peer.send("4hello");
        assertEquals("4hello", peer.next());
        peer.send(new byte[] {1, 2, 3, 4});
        assertEquals("b:[1, 2, 3, 4]", peer.next());
        peer.abort();
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "1", "0{}", "2", ""})
    void websocket_whatMayNotBeSentOrClose_closes(String packet) {
        client.openSocket().send(packet).awaitClosed();
    }

    @Test
    void polling_pings_keepTheSessionWhileTheyAreAnswered() {
        String sid = client.openPolling();
        for (int i = 0; i < 3; i++) {
            assertEquals("2", client.poll(sid).body());
            assertEquals(200, client.post(sid, "3").statusCode());
        }
    }

    @Test
    void websocket_pings_keepTheSessionWhileTheyAreAnswered() {
        TestClient.Peer peer = client.openSocket();
        for (int i = 0; i < 3; i++) {
            assertEquals("2", peer.next());
            peer.send("3");
        }
        peer.abort();
    }

    @Test
    void polling_pingTimeout_endsTheSessionToTheMillisecond() {
        String sid = client.openPolling();
        CompletableFuture.runAsync(
                        () -> {}, CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS))
                .join();
        assertEquals(400, client.poll(sid).statusCode());
        assertEquals(400, client.post(sid, "3").statusCode());
    }

    @Test
    void websocket_pingTimeout_closes() {
        TestClient.Peer peer = client.openSocket();
        assertEquals("2", peer.next());
        assertEquals("closed", peer.next());
    }

    @Test
    void polling_postOfClose_endsTheWaitingGetWithNoop() {
        String sid = client.openPolling();
        CompletableFuture<HttpResponse<String>> get = waitingGet(sid);
        assertEquals(200, client.post(sid, "1").statusCode());
        assertEquals(200, TestClient.join(get).statusCode());
        assertEquals("6", TestClient.join(get).body());
        assertEquals(400, client.poll(sid).statusCode());
    }

    @Test
    void upgrade_stepByStep_movesTheSession() {
        String sid = client.openPolling();
        TestClient.Peer peer = client.socket("?EIO=4&transport=websocket&sid=" + sid);
        assertEquals("3probe", peer.send("2probe").next());
        HttpResponse<String> polled = client.poll(sid);
        assertEquals(200, polled.statusCode());
        assertEquals("6", polled.body());
        peer.send("5").send("4hello");
        assertEquals("4hello", peer.next());
        peer.abort();
    }

    @Test
    void upgrade_allAtOnce_movesTheSessionAndEndsPolling() {
        String sid = client.openPolling();
        TestClient.Peer peer = client.socket("?EIO=4&transport=websocket&sid=" + sid);
        peer.send("2probe").send("5").send("4hello");
        assertEquals("3probe", peer.next());
        assertEquals("4hello", peer.next());
        assertEquals(400, client.poll(sid).statusCode());
        assertEquals(400, client.post(sid, "4x").statusCode());
        peer.send("4again");
        assertEquals("4again", peer.nextBesidesPings());
        peer.abort();
    }

    @Test
    void upgrade_secondWebSocket_isClosedAndTheFirstLivesOn() {
        String sid = client.openPolling();
        String query = "?EIO=4&transport=websocket&sid=" + sid;
        TestClient.Peer peer = client.socket(query);
        peer.send("2probe").send("5").send("4hello");
        assertEquals(List.of("3probe", "4hello"), List.of(peer.next(), peer.next()));
        client.socket(query).awaitClosed();
        peer.send("4again");
        assertEquals("4again", peer.nextBesidesPings());
        peer.abort();
    }

    @Test
    void upgrade_withMessagesInFlight_losesAndReordersNothing() {
        String sid = client.openPolling();
        for (int i = 0; i < 50; i++) {
            assertEquals(200, client.post(sid, "4a" + i).statusCode());
        }
        TestClient.Peer peer = client.socket("?EIO=4&transport=websocket&sid=" + sid);
        peer.send("2probe").send("5");
        assertEquals("3probe", peer.next());
        for (int i = 0; i < 50; i++) {
            assertEquals("4a" + i, peer.nextBesidesPings());
        }
        peer.abort();
    }
}
