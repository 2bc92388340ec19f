package org.freelims.sync.examples.peers;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * {@code GET /go?n=1000&rate=200}: publishes n notifications, so many a second or as fast as it
 * goes (rate 0), each with its time in {@code batch_number}, and then answers.
 */
final class Go {
    private final Consumer<Map<String, Object>> publish;

    private Go(Consumer<Map<String, Object>> publish) {
        this.publish = publish;
    }

    /** Listens on the port of this machine; each notification is handed to {@code publish}. */
    static void listen(int port, Consumer<Map<String, Object>> publish) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/go", new Go(publish)::go);
        server.start();
    }

    private void go(HttpExchange exchange) throws IOException {
        Map<String, Integer> query = new LinkedHashMap<>();
        for (String part : exchange.getRequestURI().getQuery().split("&")) {
            String[] pair = part.split("=");
            query.put(pair[0], Integer.parseInt(pair[1]));
        }
        publish(query.getOrDefault("n", 1), query.getOrDefault("rate", 0));
        exchange.sendResponseHeaders(204, -1);
        exchange.close();
    }

    private void publish(int count, int rate) {
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            if (rate > 0) {
                long due = start + TimeUnit.SECONDS.toNanos(i) / rate;
                for (long left = due - System.nanoTime();
                        left > 0;
                        left = due - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
            }
            publish.accept(notification());
        }
    }

    private static Map<String, Object> notification() {
        Instant now = Instant.now();
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("id", 42);
        data.put("chemical_id", 1);
        data.put("location_id", 1);
        data.put("quantity", 120.0);
        data.put("unit", "g");
        data.put(
                "batch_number",
                "@T" + (now.getEpochSecond() * 1_000_000_000L + now.getNano()) + "@");
        data.put("expiration_date", "2026-02-28T00:00:00");
        data.put("created_at", "2025-02-28T17:19:07.279744-05:00");
        data.put("updated_at", "2025-02-28T17:21:58.341042-05:00");
        Map<String, Object> notification = new LinkedHashMap<>();
        notification.put("action", "update");
        notification.put("resource", "inventory");
        notification.put("data", data);
        return notification;
    }
}
