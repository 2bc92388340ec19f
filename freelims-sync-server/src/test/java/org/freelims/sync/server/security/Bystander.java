package org.freelims.sync.server.security;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Arrays;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A client that behaves well while others do not: hears of numbered writes, in either protocol, and
 * notes what is missing, out of order or late. Thread-safe.
 */
final class Bystander implements WebSocket.Listener, AutoCloseable {
    private static final Pattern WRITE = Pattern.compile("write (\\d+) at (-?\\d+)");

    private final String name;
    private final WebSocket socket;
    private final StringBuilder partial = new StringBuilder(); // the listener's

    // guarded by this
    private boolean subscribed;
    private long heard;
    private String fault = "";
    private long[] latenciesNanos = new long[1024];

    private Bystander(HttpClient http, String name, URI uri) {
        this.name = name;
        this.socket = http.newWebSocketBuilder().buildAsync(uri, this).join();
    }

    /** Over the sync protocol. */
    static Bystander sync(HttpClient http, int port, int itemId) {
        Bystander client =
                new Bystander(http, "sync", URI.create("ws://127.0.0.1:" + port + "/sync"));
        client.say("{\"type\":\"subscribe\",\"to\":\"inventory/" + itemId + "\"}");
        return client;
    }

    /** Over Socket.IO. */
    static Bystander socketIo(HttpClient http, int port, int itemId) {
        Bystander client =
                new Bystander(
                        http,
                        "Socket.IO",
                        URI.create(
                                "ws://127.0.0.1:"
                                        + port
                                        + "/socket.io/?EIO=4&transport=websocket"));
        client.say("40");
        client.say("42[\"subscribe\",{\"resource\":\"inventory\",\"id\":" + itemId + "}]");
        return client;
    }

    private void say(String text) {
        socket.sendText(text, true).join();
    }

    @Override
    public @Nullable CompletionStage<?> onText(
            WebSocket webSocket, CharSequence data, boolean last) {
        partial.append(data);
        if (last) {
            String text = partial.toString();
            partial.setLength(0);
            if (text.equals("2")) {
                var unused = webSocket.sendText("3", true);
            } else {
                heard(text);
            }
        }
        webSocket.request(1);
        return null;
    }

    private synchronized void heard(String text) {
        subscribed |= text.contains("\"subscribed\"") || text.contains("subscription_success");
        Matcher write = WRITE.matcher(text);
        if (write.find()) {
            long number = Long.parseLong(write.group(1));
            if (number != heard + 1) {
                fault("write " + number + " came after " + heard);
            }
            heard = number;
            if (number >= latenciesNanos.length) {
                latenciesNanos = Arrays.copyOf(latenciesNanos, 2 * latenciesNanos.length);
            }
            latenciesNanos[(int) number] = System.nanoTime() - Long.parseLong(write.group(2));
        }
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
        fault("it was closed with " + code + " " + reason);
        return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
        fault("it was cut: " + error);
    }

    private synchronized void fault(String what) {
        if (fault.isEmpty()) {
            fault = name + ": " + what;
        }
    }

    synchronized boolean isSubscribed() {
        return subscribed;
    }

    synchronized long heard() {
        return heard;
    }

    /** Returns the first thing that was wrong; empty if nothing was. */
    synchronized String fault() {
        return fault;
    }

    /** Returns how long a share of the writes took at most, from before the statement. */
    synchronized double latencyMs(double share) {
        long[] sorted = Arrays.copyOfRange(latenciesNanos, 1, (int) heard + 1);
        Arrays.sort(sorted);
        return sorted.length == 0
                ? 0
                : sorted[(int) Math.min(sorted.length - 1, share * sorted.length)] / 1e6;
    }

    @Override
    public synchronized String toString() {
        return String.format(
                "%s: %d changes, p50 %.1f ms, p99 %.1f ms, longest %.1f ms",
                name, heard, latencyMs(0.5), latencyMs(0.99), latencyMs(1));
    }

    @Override
    public void close() {
        socket.abort();
    }
}
