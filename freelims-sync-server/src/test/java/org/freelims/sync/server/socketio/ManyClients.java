package org.freelims.sync.server.socketio;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** As many polling and WebSocket clients of {@code inventory} as one likes. Thread-safe. */
final class ManyClients {
    private static final String SUBSCRIBE = "42[\"subscribe\",{\"resource\":\"inventory\"}]";
    private static final int CONNECTING_AT_ONCE = 50;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String host;
    private final Semaphore connecting = new Semaphore(CONNECTING_AT_ONCE);
    private final AtomicInteger subscribed = new AtomicInteger();
    private final AtomicInteger heard = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();

    ManyClients(int port) {
        this.host = "127.0.0.1:" + port + "/socket.io/?EIO=4&transport=";
    }

    /** Clients that have their subscription's answer. */
    int subscribed() {
        return subscribed.get();
    }

    /** Notifications that came, to all together. */
    int heard() {
        return heard.get();
    }

    /** Clients that were refused or lost. */
    int failed() {
        return failed.get();
    }

    /** Adds a client that polls. */
    void poll() throws InterruptedException {
        connecting.acquire();
        get("").thenCompose(
                        open -> {
                            String sid = open.replaceAll(".*\"sid\":\"([^\"]*)\".*", "&sid=$1");
                            return post(sid, "40")
                                    .thenCompose(ok -> post(sid, SUBSCRIBE))
                                    .thenAccept(ok -> pollOn(sid));
                        })
                .exceptionally(this::fail);
    }

    /** Opens a session whose client never polls. */
    void openOnly() {
        get("").join();
    }

    private void pollOn(String sid) {
        get(sid).thenCompose(
                        payload -> {
                            boolean pinged = false;
                            for (String packet : payload.split("\u001e")) {
                                hear(packet);
                                pinged |= packet.equals("2");
                            }
                            return pinged
                                    ? post(sid, "3")
                                    : CompletableFuture.completedFuture("nothing to say");
                        })
                .thenAccept(said -> pollOn(sid))
                .exceptionally(this::fail);
    }

    private void hear(String packet) {
        if (packet.startsWith("42[\"subscription_success\"")) {
            subscribed.incrementAndGet();
            connecting.release();
        } else if (packet.startsWith("42[\"inventory_updated\"")) {
            heard.incrementAndGet();
        }
    }

    private @Nullable Void fail(Throwable why) {
        failed.incrementAndGet();
        return null;
    }

    private CompletableFuture<String> get(String sid) {
        return send(HttpRequest.newBuilder(URI.create("http://" + host + "polling" + sid)).build());
    }

    private CompletableFuture<String> post(String sid, String payload) {
        return send(
                HttpRequest.newBuilder(URI.create("http://" + host + "polling" + sid))
                        .POST(HttpRequest.BodyPublishers.ofString(payload))
                        .build());
    }

    private CompletableFuture<String> send(HttpRequest request) {
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .thenApply(
                        response -> {
                            if (response.statusCode() != 200) {
                                throw new IllegalStateException(response.body());
                            }
                            return response.body();
                        });
    }

    /** Adds a client on a WebSocket. */
    void socket() throws InterruptedException {
        connecting.acquire();
        http.newWebSocketBuilder()
                .buildAsync(URI.create("ws://" + host + "websocket"), new Socket())
                .exceptionally(
                        why -> {
                            fail(why);
                            return null;
                        });
    }

    private final class Socket implements WebSocket.Listener {
        private final StringBuilder packet = new StringBuilder();
        private CompletableFuture<?> said = CompletableFuture.completedFuture(null);

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket socket, CharSequence data, boolean last) {
            packet.append(data);
            if (last) {
                String text = packet.toString();
                packet.setLength(0);
                hear(text);
                if (text.startsWith("0")) {
                    say(socket, "40");
                } else if (text.startsWith("40")) {
                    say(socket, SUBSCRIBE);
                } else if (text.equals("2")) {
                    say(socket, "3");
                }
            }
            socket.request(1);
            return null;
        }

        private void say(WebSocket socket, String packet) {
            said =
                    said.thenCompose(before -> socket.sendText(packet, true))
                            .exceptionally(this::lost);
        }

        private @Nullable WebSocket lost(Throwable why) {
            fail(why);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            failed.incrementAndGet();
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            fail(error);
        }
    }
}
