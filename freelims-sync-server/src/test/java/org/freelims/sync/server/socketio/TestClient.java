package org.freelims.sync.server.socketio;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** Plain HTTP and WebSocket towards an Engine.IO server, with nothing of ours in between. */
final class TestClient {
    static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final String base;

    /**
     * @param path such as {@code /engine.io/}
     */
    TestClient(int port, String path) {
        this.base = "127.0.0.1:" + port + path;
    }

    HttpResponse<String> request(String method, String query, String body) {
        return join(requestLater(method, query, body));
    }

    CompletableFuture<HttpResponse<String>> requestLater(String method, String query, String body) {
        return HTTP.sendAsync(
                HttpRequest.newBuilder(URI.create("http://" + base + query))
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    static <T> T join(CompletableFuture<T> future) {
        try {
            return future.get(10, SECONDS);
        } catch (Exception e) {
            throw new AssertionError("no answer", e);
        }
    }

    /** Opens a polling session and returns its sid. */
    String openPolling() {
        HttpResponse<String> response = request("GET", "?EIO=4&transport=polling", "");
        assertEquals(200, response.statusCode(), response.body());
        assertEquals('0', response.body().charAt(0));
        return SocketJson.parse(response.body().substring(1)).path("sid").textValue();
    }

    HttpResponse<String> poll(String sid) {
        return join(pollLater(sid));
    }

    CompletableFuture<HttpResponse<String>> pollLater(String sid) {
        return requestLater("GET", "?EIO=4&transport=polling&sid=" + sid, "");
    }

    HttpResponse<String> post(String sid, String payload) {
        return request("POST", "?EIO=4&transport=polling&sid=" + sid, payload);
    }

    /** Opens a WebSocket without looking at its first packet. */
    Peer socket(String query) {
        return socket(query, Map.of());
    }

    Peer socket(String query, Map<String, String> headers) {
        Peer peer = new Peer();
        WebSocket.Builder builder = HTTP.newWebSocketBuilder();
        headers.forEach(builder::header);
        peer.socket = join(builder.buildAsync(URI.create("ws://" + base + query), peer));
        return peer;
    }

    /** Opens a WebSocket session and takes its open packet. */
    Peer openSocket() {
        Peer peer = socket("?EIO=4&transport=websocket");
        assertEquals('0', peer.next().charAt(0));
        return peer;
    }

    /** Tries to open a WebSocket that is to be refused; returns the status of the refusal. */
    int refusedSocket(String query) {
        try {
            HTTP.newWebSocketBuilder()
                    .buildAsync(URI.create("ws://" + base + query), new Peer())
                    .get(10, SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof WebSocketHandshakeException refusal) {
                return refusal.getResponse().statusCode();
            }
            throw new AssertionError(e);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("it opened");
    }

    /**
     * One WebSocket: what came in, in order, binary as {@code b:[1, 2]}, the end as {@code closed}.
     */
    static final class Peer implements WebSocket.Listener {
        private final LinkedBlockingQueue<String> received = new LinkedBlockingQueue<>();
        private final StringBuilder partial = new StringBuilder();
        @Nullable WebSocket socket;

        Peer send(String text) {
            join(open().sendText(text, true));
            return this;
        }

        Peer send(byte[] data) {
            join(open().sendBinary(ByteBuffer.wrap(data), true));
            return this;
        }

        void abort() {
            open().abort();
        }

        private WebSocket open() {
            WebSocket opened = socket;
            if (opened == null) {
                throw new IllegalStateException("not open");
            }
            return opened;
        }

        /** Returns the next thing that came, pings too. */
        String next() {
            try {
                String next = received.poll(10, SECONDS);
                if (next == null) {
                    throw new AssertionError("nothing came");
                }
                return next;
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        /** Returns the next thing that came, answering pings. */
        String nextBesidesPings() {
            String next = next();
            while (next.equals("2")) {
                send("3");
                next = next();
            }
            return next;
        }

        /** Waits for the end, whatever comes before. */
        void awaitClosed() {
            String next = next();
            while (!next.equals("closed")) {
                next = next();
            }
        }

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket webSocket, CharSequence data, boolean last) {
            partial.append(data);
            if (last) {
                received.add(partial.toString());
                partial.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(
                WebSocket webSocket, ByteBuffer data, boolean last) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            received.add("b:" + Arrays.toString(bytes));
            webSocket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(
                WebSocket webSocket, int statusCode, String reason) {
            received.add("closed");
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            received.add("closed");
        }
    }
}
