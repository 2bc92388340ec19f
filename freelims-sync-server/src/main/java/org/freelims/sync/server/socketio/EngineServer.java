package org.freelims.sync.server.socketio;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.server.tyrus.Handshake;
import org.freelims.sync.server.tyrus.HttpRequest;
import org.freelims.sync.server.tyrus.Refusal;
import org.freelims.sync.server.tyrus.WebSocketChannel;
import org.freelims.sync.server.tyrus.WebSocketHandler;
import org.freelims.sync.server.tyrus.WebSocketRoute;
import org.freelims.sync.transport.CloseReason;

/**
 * The Engine.IO 4 sessions of one server, whichever path they came by: opens them, finds them
 * again, forgets them. Thread-safe.
 */
final class EngineServer implements WebSocketRoute, AutoCloseable {
    private static final String VERSION = "4";
    private static final String POLLING = "polling";
    private static final String WEBSOCKET = "websocket";
    private static final byte[] OK = "ok".getBytes(StandardCharsets.US_ASCII);
    private static final int SID_BYTES = 15; // 120 bits: nobody guesses one

    private static final int LABEL_BYTES = 9;

    private final EngineSettings settings;
    private final Function<EngineConnection, EngineListener> application;
    private final Executor workers;
    private final ScheduledExecutorService timers;
    private final Ticker ticker;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, EngineConnection> sessions = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();

    /**
     * @param application is given each new session, in its first turn, and returns who is told what
     *     comes in
     * @param workers runs what must not keep a selector
     * @param timers runs what happens at a time; must not be kept long
     */
    EngineServer(
            EngineSettings settings,
            Function<EngineConnection, EngineListener> application,
            Executor workers,
            ScheduledExecutorService timers,
            Ticker ticker) {
        this.settings = requireNonNull(settings, "settings");
        this.application = requireNonNull(application, "application");
        this.workers = requireNonNull(workers, "workers");
        this.timers = requireNonNull(timers, "timers");
        this.ticker = requireNonNull(ticker, "ticker");
    }

    /** Returns how many sessions there are. */
    int size() {
        return sessions.size();
    }

    /** Serves one request of a polling client, now or later. */
    void serve(HttpRequest request, PollingExchange exchange) {
        if (!request.parameter("EIO").equals(Optional.of(VERSION))) {
            exchange.refuse(EngineError.UNSUPPORTED_VERSION);
            return;
        }
        String transport = request.parameter("transport").orElse("");
        if (!transport.equals(POLLING)) {
            exchange.refuse(
                    transport.equals(WEBSOCKET)
                            ? EngineError.BAD_REQUEST
                            : EngineError.UNKNOWN_TRANSPORT);
            return;
        }
        Optional<String> sid = request.parameter("sid");
        if (sid.isEmpty()) {
            open(request, exchange);
            return;
        }
        EngineConnection connection = sessions.get(sid.get());
        if (connection == null) {
            exchange.refuse(EngineError.UNKNOWN_SID);
        } else if (request.method().equals("GET")) {
            exchange.onBroken(() -> connection.turn(s -> s.pollBroken(exchange)));
            connection.turn(s -> s.poll(exchange));
        } else if (request.method().equals("POST")) {
            post(connection, exchange);
        } else {
            exchange.refuse(EngineError.BAD_METHOD);
        }
    }

    private void open(HttpRequest request, PollingExchange exchange) {
        if (!request.method().equals("GET")) {
            exchange.refuse(EngineError.BAD_METHOD);
            return;
        }
        Optional<EngineConnection> opened = open(client(request));
        if (opened.isEmpty()) {
            exchange.refuse(EngineError.TOO_MANY_SESSIONS);
            return;
        }
        EngineConnection connection = opened.get();
        connection.turn(s -> s.listener(listener(connection)));
        exchange.answer(
                openPacket(connection, "[\"websocket\"]").getBytes(StandardCharsets.UTF_8),
                () -> {},
                () -> connection.end(new CloseReason(CloseReason.BROKEN, "never opened")));
    }

    private static EngineConnection.Client client(HttpRequest request) {
        return new EngineConnection.Client(request.remoteAddress(), request.bearerToken());
    }

    private Optional<EngineConnection> open(EngineConnection.Client client) {
        if (size.incrementAndGet() > settings.maxSessions()) {
            size.decrementAndGet();
            return Optional.empty();
        }
        String sid = randomName(SID_BYTES);
        EngineConnection connection =
                new EngineConnection(
                        sid, randomName(LABEL_BYTES), client, settings, workers, timers, ticker);
        sessions.put(sid, connection);
        return Optional.of(connection);
    }

    private String randomName(int bytes) {
        byte[] name = new byte[bytes];
        random.nextBytes(name);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(name);
    }

    private String openPacket(EngineConnection connection, String upgrades) {
        return "0{\"sid\":\""
                + connection.sid()
                + "\",\"upgrades\":"
                + upgrades
                + ",\"pingInterval\":"
                + settings.pingInterval().toMillis()
                + ",\"pingTimeout\":"
                + settings.pingTimeout().toMillis()
                + ",\"maxPayload\":"
                + settings.maxPayloadBytes()
                + "}";
    }

    private EngineListener listener(EngineConnection connection) {
        EngineListener listener = application.apply(connection);
        return new EngineListener() {
            @Override
            public void onText(String text) {
                listener.onText(text);
            }

            @Override
            public void onBinary(byte[] data) {
                listener.onBinary(data);
            }

            @Override
            public void onClosed(CloseReason reason) {
                if (sessions.remove(connection.sid(), connection)) {
                    size.decrementAndGet();
                }
                listener.onClosed(reason);
            }
        };
    }

    private void post(EngineConnection connection, PollingExchange exchange) {
        if (!connection.claimBody()) {
            exchange.refuse(EngineError.BAD_REQUEST);
            connection.end(new CloseReason(CloseReason.POLICY, "two POSTs at once"));
            return;
        }
        connection.turn(
                session -> {
                    if (!session.takesPosts()) {
                        connection.releaseBody();
                        exchange.refuse(EngineError.UNKNOWN_SID);
                        return;
                    }
                    exchange.body(
                            settings.maxPayloadBytes(),
                            body -> {
                                connection.releaseBody();
                                posted(connection, exchange, body);
                            },
                            error -> {
                                connection.releaseBody();
                                exchange.refuse(error);
                            });
                });
    }

    private void posted(EngineConnection connection, PollingExchange exchange, byte[] body) {
        List<EnginePacket> packets;
        try {
            packets = EngineCodec.decodePayload(body, settings.maxPackets());
        } catch (SyncException e) {
            connection.turn(
                    s -> {
                        s.fail(e); // first: who has read the refusal finds the session over
                        exchange.refuse(EngineError.BAD_REQUEST);
                    });
            return;
        }
        connection.turn(
                session -> {
                    boolean taken = false;
                    try {
                        taken = session.posted(packets);
                    } finally { // whatever happens, the request is answered
                        if (taken) {
                            exchange.answer(OK, () -> {}, () -> {});
                        } else {
                            exchange.refuse(EngineError.BAD_REQUEST);
                        }
                    }
                });
    }

    @Override
    public CompletionStage<Verdict> judge(Handshake handshake) {
        HttpRequest request = handshake.request();
        if (!request.parameter("EIO").equals(Optional.of(VERSION))) {
            return refuse(EngineError.UNSUPPORTED_VERSION);
        }
        String transport = request.parameter("transport").orElse("");
        if (!transport.equals(WEBSOCKET)) {
            return refuse(
                    transport.equals(POLLING)
                            ? EngineError.BAD_REQUEST
                            : EngineError.UNKNOWN_TRANSPORT);
        }
        Optional<String> sid = request.parameter("sid");
        if (sid.isPresent()) {
            EngineConnection connection = sessions.get(sid.get());
            return connection == null
                    ? refuse(EngineError.UNKNOWN_SID)
                    : WebSocketRoute.accept(channel -> upgrading(connection, channel));
        }
        if (size.get() >= settings.maxSessions()) {
            return refuse(EngineError.TOO_MANY_SESSIONS);
        }
        EngineConnection.Client client = client(request);
        return WebSocketRoute.accept(channel -> openOn(channel, client));
    }

    @Override
    public OptionalInt maxMessageBytes() {
        return OptionalInt.of(settings.maxPayloadBytes());
    }

    private static CompletionStage<Verdict> refuse(EngineError error) {
        return WebSocketRoute.refuse(
                new Refusal(error.status(), "application/json", error.json(), Map.of()));
    }

    private WebSocketHandler openOn(WebSocketChannel channel, EngineConnection.Client client) {
        Optional<EngineConnection> opened = open(client);
        if (opened.isEmpty()) {
            channel.close(new CloseReason(CloseReason.TRY_AGAIN, "too many sessions"));
            return Unheard.UNHEARD;
        }
        EngineConnection connection = opened.get();
        channel.sendText(openPacket(connection, "[]"));
        connection.turn(
                session -> {
                    session.startOn(channel);
                    session.listener(listener(connection));
                });
        return new SocketOfSession(connection, channel);
    }

    private static WebSocketHandler upgrading(
            EngineConnection connection, WebSocketChannel channel) {
        connection.turn(session -> session.socketOpened(channel));
        return new SocketOfSession(connection, channel);
    }

    /** Closes all sessions; what is not sent is lost. */
    @Override
    public void close() {
        CloseReason reason = new CloseReason(CloseReason.GOING_AWAY, "SHUTTING_DOWN");
        sessions.values().forEach(connection -> connection.close(reason));
    }

    private record SocketOfSession(EngineConnection connection, WebSocketChannel channel)
            implements WebSocketHandler {
        @Override
        public void onText(String text) {
            connection.receive(2 * text.length(), session -> session.socketText(channel, text));
        }

        @Override
        public void onBinary(byte[] data) {
            connection.receive(data.length, session -> session.socketBinary(channel, data));
        }

        @Override
        public void onClosed(CloseReason reason) {
            connection.turn(session -> session.socketClosed(channel, reason));
        }
    }

    private enum Unheard implements WebSocketHandler {
        UNHEARD;

        @Override
        public void onText(String text) {}

        @Override
        public void onBinary(byte[] data) {}

        @Override
        public void onClosed(CloseReason reason) {}
    }
}
