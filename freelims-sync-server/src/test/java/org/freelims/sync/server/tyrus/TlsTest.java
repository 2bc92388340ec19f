package org.freelims.sync.server.tyrus;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.freelims.sync.server.CertificateForTests;
import org.freelims.sync.server.security.TlsCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsTest {
    @TempDir static Path shared;
    private static CertificateForTests first;
    private static CertificateForTests second;

    @TempDir Path directory;
    private ServerFixture fixture;

    @BeforeAll
    static void make() {
        first = CertificateForTests.make(shared, "RSA", "first");
        second = CertificateForTests.make(shared, "EC", "second");
    }

    @BeforeEach
    void start() {
        first.write(certificateFile(), keyFile());
        fixture = start(builder -> {});
    }

    private ServerFixture start(Consumer<SyncServerBuilder> more) {
        return ServerFixture.start(
                builder -> {
                    builder.tls(TlsCertificate.ofFiles(certificateFile(), keyFile()));
                    more.accept(builder);
                });
    }

    private Path certificateFile() {
        return directory.resolve("server.crt");
    }

    private Path keyFile() {
        return directory.resolve("server.key");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static SSLSocket dial(int port, String... protocols) throws IOException {
        SSLSocket socket =
                (SSLSocket)
                        CertificateForTests.trusting(first, second)
                                .getSocketFactory()
                                .createSocket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(10_000);
        if (protocols.length > 0) {
            socket.setEnabledProtocols(protocols);
        }
        return socket;
    }

    private static RawClient open(int port, String path, String... protocols) throws IOException {
        RawClient client = RawClient.over(dial(port, protocols));
        client.write(RawClient.request(path));
        assertEquals(101, client.response().status());
        return client;
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void webSocket_overTls_saysBackWhatItHears(String protocol) throws IOException {
        try (RawClient client = open(fixture.port(), "/echo", protocol)) {
            String large = "x".repeat(60_000);
            for (int i = 0; i < 50; i++) {
                client.sendText(i + large);
                client.readText(i + large);
            }
            client.sendClose(1000, "");
            assertEquals(1000, client.readClose());
            assertTrue(client.ended());
        }
        await().until(() -> fixture.server.connections() == 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SSLv3", "TLSv1", "TLSv1.1"})
    void protocol_thatIsOld_isRefused(String protocol) throws IOException {
        try (SSLSocket socket = dial(fixture.port())) {
            socket.setEnabledProtocols(new String[] {protocol});
            assertThrows(IOException.class, socket::startHandshake);
        }
    }

    @Test
    void sync_overTls_hearsChangesWhileItDoesNotRead() throws Exception {
        try (RawClient client = open(fixture.port(), "/sync")) {
            client.sendText("{\"type\":\"subscribe\",\"to\":\"items\"}");
            client.readText("\"subscribed\"");
            String filler = "y".repeat(5_000);
            for (int i = 0; i < 2_000; i++) { // more than sockets and outbox hold together
                fixture.log.append(
                        org.freelims.sync.log.InMemoryChangeLog.Write.create(
                                "items", "" + i, "{\"id\":" + i + ",\"f\":\"" + filler + "\"}"));
            }
            for (int i = 0; i < 2_000; i++) {
                client.readText("\"id\":\"" + i + "\"");
            }
        }
    }

    @Test
    void refusal_overTls_isReadToItsEnd() throws IOException {
        try (RawClient client = RawClient.over(dial(fixture.port()))) {
            client.write(RawClient.request("/nowhere") + "more that is never read".repeat(1000));
            assertEquals(404, client.response().status());
            assertTrue(client.ended());
        }
    }

    /** Without it the client could not tell the end from one that an attacker made. */
    @Test
    void answer_thatIsTheLast_endsWithACloseNotify() throws IOException {
        int alert = 21;
        for (String path : new String[] {"/nowhere", "/sync?a=%zz"}) {
            try (Slicer slicer = new Slicer(fixture.port());
                    RawClient client =
                            RawClient.over(dial(slicer.listening.getLocalPort(), "TLSv1.2"))) {
                client.write(RawClient.request(path));
                client.response();
                assertTrue(client.ended());
                assertEquals(alert, slicer.lastRecordType());
            }
        }
    }

    @Test
    void ruleBroken_overTls_isClosedWithItsCode() throws IOException {
        try (RawClient client = open(fixture.port(), "/echo")) {
            client.write(new byte[] {(byte) 0x83, (byte) 0x80, 0, 0, 0, 0});
            assertEquals(1002, client.readClose());
            assertTrue(client.ended());
        }
    }

    /** Passes a client's bytes on, but those after the handshake in pieces. */
    private static final class Slicer implements AutoCloseable {
        private final java.net.ServerSocket listening;
        private final CountDownLatch done = new CountDownLatch(1);
        private final ByteArrayOutputStream answered = new ByteArrayOutputStream();

        Slicer(int port) throws IOException {
            listening = new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            Thread thread = new Thread(() -> run(port), "slicer");
            thread.setDaemon(true);
            thread.start();
        }

        private void run(int port) {
            try (Socket client = listening.accept();
                    Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
                server.setTcpNoDelay(true);
                Thread back =
                        new Thread(
                                () -> {
                                    try {
                                        InputStream answers = server.getInputStream();
                                        byte[] some = new byte[16384];
                                        for (int n = answers.read(some);
                                                n >= 0;
                                                n = answers.read(some)) {
                                            answered.write(some, 0, n);
                                            client.getOutputStream().write(some, 0, n);
                                        }
                                        client.shutdownOutput();
                                    } catch (IOException e) {
                                        // the end
                                    }
                                });
                back.setDaemon(true);
                back.start();
                byte[] piece = new byte[7];
                InputStream in = client.getInputStream();
                OutputStream out = server.getOutputStream();
                ByteArrayOutputStream held = new ByteArrayOutputStream();
                for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                    held.write(piece, 0, n);
                    if (in.available() == 0 || held.size() > 300) {
                        out.write(held.toByteArray());
                        held.reset();
                        TimeUnit.MILLISECONDS.sleep(2); // what follows comes in another read
                    }
                }
            } catch (IOException e) {
                // the end
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                done.countDown();
            }
        }

        /** The content type of the last record that the server sent (RFC 5246, section 6.2.1). */
        int lastRecordType() {
            byte[] bytes = answered.toByteArray();
            int type = 0;
            for (int i = 0; i < bytes.length; ) {
                type = bytes[i];
                i += 5 + (((bytes[i + 3] & 0xFF) << 8) | (bytes[i + 4] & 0xFF));
            }
            return type;
        }

        @Override
        public void close() throws IOException {
            listening.close();
        }
    }

    @Test
    void records_cutAnywhere_arePutTogether_alsoAcrossTheHandshake() throws IOException {
        for (int i = 0; i < 20; i++) {
            try (Slicer slicer = new Slicer(fixture.port());
                    RawClient client = RawClient.over(dial(slicer.listening.getLocalPort()))) {
                // frames of several records come right behind the handshake
                client.write(RawClient.request("/echo"));
                client.sendText("early" + "z".repeat(100 * i));
                client.sendText("more");
                assertEquals(101, client.response().status());
                client.readText("early" + "z".repeat(100 * i));
                client.readText("more");
            }
        }
    }

    @Test
    void certificate_replaced_isShownToNewClientsAndTheOthersStay() throws IOException {
        try (RawClient before = open(fixture.port(), "/echo")) {
            assertEquals("CN=first", shown());
            second.write(certificateFile(), keyFile());
            await().atMost(Duration.ofSeconds(30)).until(() -> shown().equals("CN=second"));
            before.sendText("still here");
            before.readText("still here");
        }
    }

    private String shown() throws IOException {
        try (SSLSocket socket = dial(fixture.port())) {
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }
    }

    @Test
    void handshake_thatStalls_isCutAtTheTimeout() throws IOException {
        try (ServerFixture impatient =
                start(
                        builder ->
                                builder.limits(
                                        ConnectionLimits.defaults()
                                                .withTimeouts(
                                                        Duration.ofMillis(300),
                                                        Duration.ofSeconds(60),
                                                        Duration.ofSeconds(60))))) {
            byte[] hello = {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xFC, 3, 3};
            for (byte[] said : Arrays.asList(new byte[0], hello)) {
                try (Socket socket =
                        new Socket(InetAddress.getLoopbackAddress(), impatient.port())) {
                    socket.setSoTimeout(10_000);
                    socket.getOutputStream().write(said);
                    assertEquals(-1, readOrReset(socket));
                }
            }
        }
    }

    private static int readOrReset(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read();
        } catch (java.net.SocketException e) {
            return -1;
        }
    }

    @Test
    void http_withoutTls_isClosed() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), fixture.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(RawClient.request("/echo").getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readNBytes(200);
            assertTrue(answer.length < 100, "an alert at most");
        } catch (java.net.SocketException e) {
            // reset, which is closed too
        }
    }

    @Test
    void certificate_thatIsNotTrusted_endsTheHandshakeOnly() throws IOException {
        try (SSLSocket socket =
                (SSLSocket)
                        CertificateForTests.trusting(second)
                                .getSocketFactory()
                                .createSocket(InetAddress.getLoopbackAddress(), fixture.port())) {
            assertThrows(SSLHandshakeException.class, socket::startHandshake);
        }
        open(fixture.port(), "/echo").close();
    }
}
