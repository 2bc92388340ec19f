package org.freelims.sync.server.socketio;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What clients that mean no good can send over the port: it costs a bounded amount of memory and an
 * error, and a bystander nothing.
 */
class HostileClientsTest {
    private static final int MAX = EngineSettings.DEFAULTS.maxPayloadBytes();

    private final SyncFixture fixture = SyncFixture.start();
    private final TestClient client = fixture.client();
    private final TestClient.Peer bystander = fixture.bystander();
    private int changes;

    @AfterEach
    void bystanderIsServed_thenClose() {
        String note = "after " + changes++;
        fixture.change(note);
        String heard = bystander.nextBesidesPings();
        fixture.close();
        assertTrue(heard.contains(note), heard);
    }

    private void awaitOnlyTheBystander() {
        await().atMost(Duration.ofSeconds(10)).until(() -> fixture.endpoint.sessions() == 1);
    }

    private static String socketQuery(String sid) {
        return "?EIO=4&transport=websocket&sid=" + sid;
    }

    @Test
    void post_largerThanTheBound_isRefusedUnread() throws IOException {
        String sid = client.openPolling();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), fixture.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(postHead(sid, "Content-Length: 20000000000").getBytes(US_ASCII));
            assertTrue(answer(socket).startsWith("HTTP/1.1 413"), "not refused");
        }
    }

    @Test
    void post_inChunksWithoutEnd_isCut() throws IOException {
        String sid = client.openPolling();
        String chunk = "10000\r\n" + "4".repeat(0x10000) + "\r\n";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), fixture.port())) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(postHead(sid, "Transfer-Encoding: chunked").getBytes(US_ASCII));
            int sent = 0;
            try {
                while (sent < 100 * MAX && socket.getInputStream().available() == 0) {
                    out.write(chunk.getBytes(US_ASCII));
                    sent += chunk.length();
                }
            } catch (IOException e) {
                assertTrue(sent < 100 * MAX, "it was cut, which is right, but late: " + sent);
            }
            assertTrue(sent < 100 * MAX, "it is read for ever");
        }
    }

    private static String postHead(String sid, String length) {
        return "POST /socket.io/?EIO=4&transport=polling&sid="
                + sid
                + " HTTP/1.1\r\nHost: x\r\n"
                + length
                + "\r\n\r\n";
    }

    private static String answer(Socket socket) throws IOException {
        byte[] read = new byte[64];
        int length = socket.getInputStream().read(read);
        return new String(read, 0, Math.max(0, length), US_ASCII);
    }

    @ParameterizedTest
    @ValueSource(strings = {"4", "42[\"x\"]", "3", "6", ""})
    void post_ofAHundredThousandPackets_isRefusedAndEndsTheSession(String packet) {
        String sid = client.openPolling();
        String payload = (packet + EngineCodec.SEPARATOR).repeat(100_000) + packet;

        HttpResponse<String> refused = client.post(sid, payload);

        assertTrue(
                refused.statusCode() == 400 || refused.statusCode() == 413,
                () -> refused.statusCode() + refused.body());
        if (refused.statusCode() == 400) {
            assertEquals(400, client.poll(sid).statusCode());
        }
    }

    @Test
    void socket_messageLargerThanTheBound_closes() {
        TestClient.Peer peer = client.openSocket();
        peer.send("4" + "x".repeat(MAX));
        peer.awaitClosed();
        awaitOnlyTheBystander();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0{\"a\":",
                "2[",
                "2[\"subscribe\",",
                "2[\"x\",{\"a\":",
            })
    void socket_jsonWithoutBottom_closes(String start) {
        TestClient.Peer peer = client.openSocket();
        peer.send("40");
        peer.nextBesidesPings();
        peer.send("4" + start + "[".repeat(400_000));
        peer.awaitClosed();
        awaitOnlyTheBystander();
    }

    @Test
    void forgedSids_openNothing() {
        List<String> sids = new ArrayList<>(List.of("", "null", "..%2f", "a".repeat(4000), "%00"));
        for (int i = 0; i < 500; i++) {
            sids.add(UUID.randomUUID().toString());
        }
        for (String sid : sids) {
            assertEquals(400, client.poll(sid).statusCode(), sid);
            assertEquals(400, client.post(sid, "41").statusCode(), sid);
        }
        assertEquals(400, client.refusedSocket(socketQuery("forged")));
        assertEquals(1, fixture.endpoint.sessions());
    }

    @Test
    void twoUpgradesAtOnce_oneIsClosedAndTheSessionLives() {
        String sid = client.openPolling();
        TestClient.Peer first = client.socket(socketQuery(sid));
        List<TestClient.Peer> others = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            others.add(client.socket(socketQuery(sid)));
        }
        others.forEach(TestClient.Peer::awaitClosed);

        first.send("2probe");
        assertEquals("3probe", first.next());
        first.send("5").send("40");
        assertTrue(first.nextBesidesPings().startsWith("40"));
    }

    @Test
    void attachmentsThatNeverCome_areBoundedInNumberAndSize() {
        TestClient.Peer many = client.openSocket();
        many.send("40").send("4565-[\"x\"]").awaitClosed();

        TestClient.Peer large = client.openSocket();
        large.send("40").send("4564-[\"x\",{\"_placeholder\":true,\"num\":0}]");
        for (int i = 0; i < 3; i++) {
            large.send(new byte[MAX / 2]);
        }
        large.awaitClosed();

        TestClient.Peer other = client.openSocket();
        other.send("40").send("452-[\"x\"]").send("42[\"x\"]").awaitClosed();
        awaitOnlyTheBystander();
    }

    @Test
    void packetsFasterThanTheRate_closeTheConnection() {
        TestClient.Peer peer = client.openSocket();
        peer.send("40");
        try {
            for (int i = 0; i < 10_000; i++) {
                peer.send("42[\"x\"]");
            }
        } catch (AssertionError e) {
            // it was closed amid that
        }
        peer.awaitClosed();
        awaitOnlyTheBystander();
    }

    @Test
    void aThousandSubscriptionsAtOnce_areServed() {
        TestClient.Peer peer = client.openSocket();
        peer.send("40");
        for (int i = 0; i < 1000; i++) {
            peer.send("42[\"subscribe\",{\"resource\":\"inventory\",\"id\":" + i + "}]");
        }
        peer.nextBesidesPings(); // the answer to its CONNECT
        for (int i = 0; i < 1000; i++) {
            String answer = peer.nextBesidesPings();
            assertTrue(answer.contains("subscription_success"), answer);
        }
        peer.send("41").send("1").awaitClosed();
        awaitOnlyTheBystander();
    }

    @Test
    void namespacesAskedForWithoutEnd_closeTheConnection() {
        TestClient.Peer peer = client.openSocket();
        for (int i = 0; i < 102; i++) {
            peer.send("40/x" + i + ",");
        }
        peer.awaitClosed();
        awaitOnlyTheBystander();
    }

    @Test
    void answersThatArePolledByNobody_areBounded() {
        String sid = client.openPolling();
        client.post(sid, "40");
        String ask = "42" + 1 + "[\"x\"]"; // each is acknowledged
        String many = (ask + EngineCodec.SEPARATOR).repeat(300) + ask;
        int posts = 0;
        while (client.post(sid, many).statusCode() == 200) {
            posts++;
            assertTrue(posts < 20, "answers are kept without end");
        }
        awaitOnlyTheBystander();
    }
}
