package org.freelims.sync.server.socketio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the Socket.IO 5 protocol's own suite asks of a server, over the real port. */
class SocketIoConformanceTest {
    private static FixtureServer server;
    private static TestClient client;

    @BeforeAll
    static void start() {
        server = SocketIoEchoServer.start(0);
        client = new TestClient(server.port(), "/socket.io/");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "40 | 40 | 42[\"auth\",{}]",
                "40{\"token\":\"123\"} | 40 | 42[\"auth\",{\"token\":\"123\"}]",
                "40/custom, | 40/custom, | 42/custom,[\"auth\",{}]",
                "40/custom | 40/custom, | 42/custom,[\"auth\",{}]",
                "40/custom,{\"token\":\"abc\"} | 40/custom, |"
                        + " 42/custom,[\"auth\",{\"token\":\"abc\"}]",
            })
    void connect_toANamespace_answersWithAnIdAndTheAuth(
            String connect, String prefix, String auth) {
        TestClient.Peer peer = client.openSocket().send(connect);
        String answer = peer.next();
        assertTrue(answer.startsWith(prefix + "{"), answer);
        JsonNode handshake = SocketJson.parse(answer.substring(prefix.length()));
        assertEquals(1, handshake.size());
        assertTrue(handshake.path("sid").isTextual());
        assertEquals(auth, peer.next());
        peer.abort();
    }

    @Test
    void connect_toAnUnknownNamespace_isRefusedAndTheConnectionLives() {
        TestClient.Peer peer = client.openSocket().send("40/random");
        assertEquals("44/random,{\"message\":\"Invalid namespace\"}", peer.next());
        peer.send("40");
        assertTrue(peer.next().startsWith("40{"));
        peer.abort();
    }

    @Test
    void connect_thatNeverComes_closesTheConnection() {
        TestClient.Peer peer = client.openSocket();
        assertEquals("closed", peer.nextBesidesPings());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "4abc",
                "42{}",
                "42abc[\"message-with-ack\",1,\"2\",{\"3\":[false]}]",
                "40",
                "44{\"message\":\"x\"}"
            })
    void connected_invalidPacket_closesTheConnection(String packet) {
        connected().send(packet).awaitClosed();
    }

    @Test
    void open_invalidPacket_closesTheConnection() {
        client.openSocket().send("4abc").awaitClosed();
    }

    @Test
    void disconnect_fromTheMainNamespace_leavesTheConnectionOpen() {
        TestClient.Peer peer = connected().send("41").send("42[\"message\",1]");
        assertEquals("2", peer.next());
        peer.abort();
    }

    @Test
    void disconnect_fromOneNamespace_leavesTheOther() {
        TestClient.Peer peer = connected();
        assertEquals("2", peer.next());
        peer.send("3").send("40/custom");
        assertTrue(peer.nextBesidesPings().startsWith("40/custom,{"));
        assertEquals("42/custom,[\"auth\",{}]", peer.nextBesidesPings());
        peer.send("41/custom").send("42[\"message\",\"message to main namespace\"]");
        assertEquals("42[\"message-back\",\"message to main namespace\"]", peer.nextBesidesPings());
        peer.abort();
    }

    @Test
    void event_plain_comesBackWithItsArguments() {
        TestClient.Peer peer = connected().send("42[\"message\",1,\"2\",{\"3\":[true]}]");
        assertEquals("42[\"message-back\",1,\"2\",{\"3\":[true]}]", peer.nextBesidesPings());
        peer.abort();
    }

    @Test
    void event_withAttachments_comesBackWithThem() {
        TestClient.Peer peer =
                connected()
                        .send(
                                "452-[\"message\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]")
                        .send(new byte[] {1, 2, 3})
                        .send(new byte[] {4, 5, 6});
        assertEquals(
                "452-[\"message-back\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]",
                peer.nextBesidesPings());
        assertEquals("b:[1, 2, 3]", peer.nextBesidesPings());
        assertEquals("b:[4, 5, 6]", peer.nextBesidesPings());
        peer.abort();
    }

    @Test
    void event_thatAsksForAnAck_isAcknowledged() {
        TestClient.Peer peer =
                connected().send("42456[\"message-with-ack\",1,\"2\",{\"3\":[false]}]");
        assertEquals("43456[1,\"2\",{\"3\":[false]}]", peer.nextBesidesPings());
        peer.abort();
    }

    @Test
    void event_withAttachmentsThatAsksForAnAck_isAcknowledgedWithThem() {
        TestClient.Peer peer =
                connected()
                        .send(
                                "452-789[\"message-with-ack\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]")
                        .send(new byte[] {1, 2, 3})
                        .send(new byte[] {4, 5, 6});
        assertEquals(
                "462-789[{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]",
                peer.nextBesidesPings());
        assertEquals("b:[1, 2, 3]", peer.nextBesidesPings());
        assertEquals("b:[4, 5, 6]", peer.nextBesidesPings());
        peer.abort();
    }

    @Test
    void polling_connectEventAndAttachmentsInOnePost_areAnsweredInOrder() {
        String sid = client.openPolling();
        assertEquals(
                200,
                client.post(
                                sid,
                                "40\u001e451-1[\"message-with-ack\",{\"_placeholder\":true,\"num\":0}]\u001ebAQID")
                        .statusCode());
        String[] packets = client.poll(sid).body().split("\u001e");
        assertTrue(packets[0].startsWith("40{"), packets[0]);
        assertEquals("42[\"auth\",{}]", packets[1]);
        assertEquals("461-1[{\"_placeholder\":true,\"num\":0}]", packets[2]);
        assertEquals("bAQID", packets[3]);
    }

    private static TestClient.Peer connected() {
        TestClient.Peer peer = client.openSocket().send("40");
        assertTrue(peer.next().startsWith("40{"));
        assertEquals("42[\"auth\",{}]", peer.next());
        return peer;
    }
}
