package org.freelims.sync.examples.benchmarks;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.log.InMemoryChangeLog;
import org.freelims.sync.log.InMemoryChangeLog.Write;
import org.freelims.sync.server.socketio.SocketIoEndpoint;
import org.freelims.sync.server.tyrus.ConnectionLimits;
import org.freelims.sync.server.tyrus.SyncServer;
import org.freelims.sync.server.tyrus.SyncServerBuilder;
import org.freelims.sync.session.Limits;

/**
 * The real hub and server over a log in memory, open to anonymous clients, for load generators:
 * {@code FanOutServer PORT GO_PORT [LINGER_MS]}. The sync protocol is at {@code /sync}, Socket.IO
 * at {@code /ws/}. {@code GET /go?n=1000&rate=200} on GO_PORT publishes n changes of {@code
 * inventory}, so many a second or as fast as it goes (rate 0), each with the time of its
 * publication in {@code batch_number} as {@code @T<nanoseconds since 1970>@}.
 */
public final class FanOutServer {
    private static final int PENDING_BYTES = 4 << 20;

    private final InMemoryChangeLog log = ChangeLog.inMemory(200_000);

    private FanOutServer() {}

    /**
     * Starts the server and serves until the process is ended.
     *
     * @param args the port of the server, the port of {@code /go}, and how long changes may wait to
     *     be written together, 0 if not said
     */
    public static void main(String[] args) throws IOException {
        if (args.length < 2 || args.length > 3) {
            System.err.println("usage: FanOutServer PORT GO_PORT [LINGER_MS]");
            System.exit(2);
        }
        Duration linger = Duration.ofMillis(args.length > 2 ? Long.parseLong(args[2]) : 0);
        new FanOutServer().start(Integer.parseInt(args[0]), Integer.parseInt(args[1]), linger);
    }

    private void start(int port, int goPort, Duration linger) throws IOException {
        SyncHub hub =
                SyncHub.builder()
                        .log(log)
                        .snapshots(log)
                        .threads(HubThreads.start())
                        .allowAnonymous(true)
                        .limits(Limits.builder().pendingBytes(PENDING_BYTES).linger(linger).build())
                        .build();
        hub.start();
        SyncServerBuilder builder =
                SyncServer.builder()
                        .port(port)
                        .hub(hub)
                        .limits(ConnectionLimits.defaults().withConnections(50_000, 50_000));
        SyncServer server =
                SocketIoEndpoint.builder()
                        .hub(hub)
                        .allowAnonymous(true)
                        .pendingBytes(PENDING_BYTES)
                        .build()
                        .mountOn(builder)
                        .build()
                        .start();
        HttpServer go =
                HttpServer.create(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), goPort), 0);
        go.setExecutor(Executors.newCachedThreadPool());
        go.createContext("/go", this::go);
        go.start();
        System.out.println("serving ws://127.0.0.1:" + server.port() + "/sync and /ws/");
    }

    private void go(HttpExchange exchange) throws IOException {
        Map<String, String> query = new HashMap<>();
        for (String part :
                Optional.ofNullable(exchange.getRequestURI().getQuery()).orElse("").split("&")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                query.put(part.substring(0, equals), part.substring(equals + 1));
            }
        }
        publish(
                Integer.parseInt(query.getOrDefault("n", "1")),
                Integer.parseInt(query.getOrDefault("rate", "0")));
        byte[] answer = "done\n".getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    private synchronized void publish(int count, int rate) {
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            if (rate > 0) {
                long due = start + Duration.ofSeconds(1).toNanos() * i / rate;
                for (long left = due - System.nanoTime();
                        left > 0;
                        left = due - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
            }
            log.append(
                    List.of(Write.update("inventory", "42", row(), "{}")),
                    Instant.EPOCH,
                    Optional.empty(),
                    Optional.empty());
        }
    }

    private static String row() {
        Instant now = Instant.now();
        return "{\"id\":42,\"chemical_id\":1,\"location_id\":1,\"quantity\":120.0,\"unit\":\"g\","
                + "\"batch_number\":\"@T"
                + (now.getEpochSecond() * 1_000_000_000L + now.getNano())
                + "@\",\"expiration_date\":\"2026-02-28T00:00:00\","
                + "\"created_at\":\"2025-02-28T17:19:07.279744-05:00\","
                + "\"updated_at\":\"2025-02-28T17:21:58.341042-05:00\"}";
    }
}
