package org.freelims.sync.server.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Malformed messages towards one port, a connection at a time: what is sent depends on the seed and
 * the connection's number alone. Thread-safe.
 */
final class FuzzAttack {
    private static final int MESSAGES_A_CONNECTION = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String SOCKET_IO = "/socket.io/?EIO=4&transport=websocket";

    private final int port;
    private final FuzzCorpus corpus;
    private final FuzzAnswers answers;
    private final AtomicLong messages;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /**
     * @param token a good one
     * @param messages counts what was sent
     */
    FuzzAttack(int port, String token, FuzzAnswers answers, AtomicLong messages) {
        this.port = port;
        this.corpus = new FuzzCorpus(token);
        this.answers = answers;
        this.messages = messages;
    }

    void run(long seed, long connection) throws IOException {
        Random random = new Random(seed * 1_000_003 + connection);
        int kind = random.nextInt(100);
        if (kind < 15) {
            sync(random);
        } else if (kind < 30) {
            socketIo(random);
        } else if (kind < 50) {
            frames(random, "/sync");
        } else if (kind < 60) {
            frames(random, SOCKET_IO);
        } else if (kind < 70) {
            polling(random);
        } else if (kind < 85) {
            request(corpus.badRequest(random));
        } else {
            request(Mutation.of(corpus.requests, random));
        }
    }

    private void sync(Random random) throws IOException {
        try (FuzzPeer peer =
                FuzzPeer.open(port, corpus.handshake("/sync", random.nextBoolean()), answers)) {
            send(peer, corpus.sync, random);
            if (!peer.isOver()) {
                peer.write(
                        FuzzPeer.frame(
                                0x81,
                                "{\"type\":\"ping\",\"id\":4503599627370497}".getBytes(UTF_8)));
                peer.awaitText("\"id\":4503599627370497}");
            }
        }
    }

    private void socketIo(Random random) throws IOException {
        try (FuzzPeer peer = FuzzPeer.open(port, corpus.handshake(SOCKET_IO, false), answers)) {
            if (random.nextInt(4) > 0) {
                peer.write(FuzzPeer.frame(0x81, corpus.socketIo.get(random.nextInt(3))));
            }
            send(peer, corpus.socketIo, random);
            judged(peer, peer::awaitEnd);
        }
    }

    private void send(FuzzPeer peer, List<byte[]> valid, Random random) throws IOException {
        for (int i = 0; i < MESSAGES_A_CONNECTION && !peer.isOver(); i++) {
            boolean reads = random.nextInt(10) < 7; // the others close the connection, mostly
            int opcode = !reads && random.nextInt(10) == 0 ? 0x82 : 0x81;
            byte[] message = reads ? JsonMutation.of(valid, random) : Mutation.of(valid, random);
            peer.write(FuzzPeer.frame(opcode, message));
            messages.incrementAndGet();
            if (!peer.isOver()) {
                judged(peer, peer::awaitPong);
            }
        }
    }

    private interface Reading {
        void read() throws IOException;
    }

    private static void judged(FuzzPeer peer, Reading reading) throws IOException {
        String sent = peer.sent();
        try {
            reading.read();
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\nafter: " + sent, e);
        }
    }

    private void frames(Random random, String path) throws IOException {
        try (FuzzPeer peer =
                FuzzPeer.open(port, corpus.handshake(path, random.nextBoolean()), answers)) {
            int left = 1 + random.nextInt(3);
            for (; left > 0; left--) {
                peer.write(Mutation.of(corpus.frames, random));
                messages.incrementAndGet();
            }
            if (random.nextInt(4) > 0) {
                judged(peer, peer::awaitEnd);
            } // else it goes without a word
        }
    }

    private void request(byte[] bytes) throws IOException {
        try (FuzzPeer peer = new FuzzPeer(port, answers)) {
            peer.write(bytes);
            messages.incrementAndGet();
            judged(peer, peer::awaitResponse);
        }
    }

    private void polling(Random random) throws IOException {
        String address = "http://127.0.0.1:" + port + "/socket.io/?EIO=4&transport=polling";
        String opened = ask("GET", address, new byte[0]);
        String session = address + "&sid=" + opened.split("\"")[3];
        ask("POST", session, "40".getBytes(UTF_8));
        ask("POST", session, Mutation.of(corpus.payloads, random));
        messages.incrementAndGet();
        ask("GET", session, new byte[0]); // its CONNECT, at least, is answered
        ask("POST", session, "1".getBytes(UTF_8));
    }

    private String ask(String method, String uri, byte[] body) throws IOException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(uri))
                        .timeout(PATIENCE)
                        .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
                        .build();
        try {
            HttpResponse<String> response =
                    http.send(request, HttpResponse.BodyHandlers.ofString());
            answers.status(response.statusCode(), response.body());
            return response.body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
