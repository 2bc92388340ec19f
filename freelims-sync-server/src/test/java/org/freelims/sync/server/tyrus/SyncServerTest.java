package org.freelims.sync.server.tyrus;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import javax.management.JMException;
import javax.management.ObjectName;
import org.freelims.sync.log.InMemoryChangeLog.Write;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SyncServerTest {
    private final ServerFixture fixture =
            ServerFixture.start(builder -> builder.handler("/said", new Said()));

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void change_afterSubscribed_reachesTheClient() {
        try (RawClient client =
                RawClient.open(
                        fixture.port(), "/sync", "Sec-WebSocket-Protocol: freelims.sync.v1")) {
            assertTrue(client.readText("welcome").contains("\"maxMessageBytes\":65536"));
            client.sendText("{\"type\":\"subscribe\",\"id\":1,\"to\":\"inventory\"}");
            client.readText("subscribed");
            fixture.log.append(Write.create("inventory", "1", "{\"id\":1,\"name\":\"Äther\"}"));
            assertTrue(client.readText("notification").contains("Äther"));
        }
    }

    @Test
    void malformedJson_closesWith1007() {
        try (RawClient client = RawClient.open(fixture.port(), "/sync")) {
            client.sendText("{\"type\":");
            assertEquals(1007, client.readClose());
        }
    }

    @Test
    void unknownType_isAnsweredAndTheConnectionLives() {
        try (RawClient client = RawClient.open(fixture.port(), "/sync")) {
            client.sendText("{\"type\":\"dance\",\"id\":9}");
            client.readText("UNKNOWN_TYPE");
            client.sendText("{\"type\":\"ping\",\"id\":10}");
            client.readText("pong");
        }
    }

    @Test
    void messageOverTheLimit_closesWith1009() {
        try (RawClient client = RawClient.open(fixture.port(), "/sync")) {
            client.sendText("{\"type\":\"ping\",\"x\":\"" + "x".repeat(65_536) + "\"}");
            assertEquals(1009, client.readClose());
        }
    }

    @Test
    void binaryMessage_closesWith1003() {
        try (RawClient client = RawClient.open(fixture.port(), "/sync")) {
            client.write(RawClient.frame(0x82, new byte[] {1, 2, 3}));
            assertEquals(1003, client.readClose());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"h2c", "HTTP/2.0, SHTTP/1.3", "TLS/1.0"})
    void post_thatOffersAnotherProtocol_isServedAsIfItDidNot(String protocol) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), fixture.port())) {
            socket.setSoTimeout(10_000);
            for (String body : List.of("ab", "c")) { // the connection is good for the next one too
                socket.getOutputStream()
                        .write(
                                ("POST /said HTTP/1.1\r\nHost: x\r\nConnection: Upgrade,"
                                                + " HTTP2-Settings\r\nUpgrade: "
                                                + protocol
                                                + "\r\nHTTP2-Settings: AAEAAEAA\r\n"
                                                + "Content-Length: "
                                                + body.length()
                                                + "\r\n\r\n"
                                                + body)
                                        .getBytes(StandardCharsets.US_ASCII));
                String answer = readUntil(socket, "said " + body);
                assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
            }
        }
    }

    /** Grizzly's threads keep a few of the last ones in their caches of requests. */
    @Test
    void connections_thatEnded_leaveNothingInMemory() {
        long before = channelsInMemory();
        for (int i = 0; i < 60; i++) {
            RawClient client = RawClient.open(fixture.port(), "/sync");
            client.readText("welcome");
            if (i % 2 == 0) {
                client.sendClose(1000, "");
                client.readClose();
            }
            client.hangUp();
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> channelsInMemory() < before + 30);
    }

    private static long channelsInMemory() {
        try {
            String histogram =
                    (String)
                            ManagementFactory.getPlatformMBeanServer()
                                    .invoke(
                                            new ObjectName(
                                                    "com.sun.management:type=DiagnosticCommand"),
                                            "gcClassHistogram",
                                            new Object[] {new String[0]},
                                            new String[] {String[].class.getName()});
            return histogram
                    .lines()
                    .filter(line -> line.contains(GrizzlyChannel.class.getName()))
                    .map(line -> line.trim().split("\\s+"))
                    .filter(columns -> columns[3].equals(GrizzlyChannel.class.getName()))
                    .mapToLong(columns -> Long.parseLong(columns[1]))
                    .sum();
        } catch (JMException e) {
            throw new AssertionError(e);
        }
    }

    private static String readUntil(Socket socket, String end) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.indexOf(end) < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new EOFException("it closed after: " + read);
            }
            read.append((char) next);
        }
        return read.toString();
    }

    private static final class Said extends HttpHandler {
        @Override
        public void service(Request request, Response response) throws IOException {
            byte[] body = request.getInputStream().readAllBytes();
            byte[] answer =
                    ("said " + new String(body, StandardCharsets.US_ASCII))
                            .getBytes(StandardCharsets.US_ASCII);
            response.setContentLength(answer.length);
            response.getOutputStream().write(answer);
        }
    }
}
