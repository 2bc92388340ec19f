package org.freelims.sync.server.socketio;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.Authenticator;
import org.freelims.sync.server.security.CorsPolicy;
import org.freelims.sync.server.tyrus.SyncServerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Serves a hub to Socket.IO clients (Engine.IO 4, Socket.IO 5), FreeLIMS' own unchanged: long
 * polling, WebSocket and the upgrade from one to the other, at {@code /socket.io/}, {@code /ws/}
 * and {@code /ws/socket.io/}, in the namespaces {@code /} and {@code /ws}. Thread-safe.
 *
 * <pre>{@code
 * SocketIoEndpoint endpoint = SocketIoEndpoint.builder().hub(hub).authenticator(tokens).build();
 * SyncServer server = endpoint.mountOn(SyncServer.builder().hub(hub)).build();
 * }</pre>
 *
 * <p>The server that it is mounted on closes it.
 */
public final class SocketIoEndpoint implements AutoCloseable {
    private static final List<String> PATHS = List.of("/socket.io", "/ws", "/ws/socket.io");
    private static final int WORKERS = 4;
    private static final int IDLE_SECONDS = 30;

    private final EngineServer engine;
    private final CorsPolicy cors;
    private final ThreadPoolExecutor workers;
    private final ThreadPoolExecutor blocking;
    private final ScheduledExecutorService timers;

    private SocketIoEndpoint(Builder of, SyncHub hub) {
        this(
                of.settings.withRate(
                        hub.limits().messagesPerSecond(), hub.limits().messagesAtOnce()),
                of.connectTimeout,
                of.cors,
                blocking ->
                        new SyncNamespaces(
                                hub,
                                of.authenticator,
                                of.allowAnonymous,
                                of.pendingBytes,
                                blocking));
    }

    /** Serves any application; for this package's fixtures too. */
    SocketIoEndpoint(
            EngineSettings settings,
            Duration connectTimeout,
            CorsPolicy cors,
            Function<Executor, SocketApplication> application) {
        this(
                settings,
                cors,
                blocking -> {
                    SocketApplication served = application.apply(blocking);
                    return connection ->
                            new SocketSession(
                                    connection, served, settings.maxPayloadBytes(), connectTimeout);
                });
    }

    /** Serves bare Engine.IO; for this package's fixtures. */
    SocketIoEndpoint(
            EngineSettings settings,
            CorsPolicy cors,
            Function<Executor, Function<EngineConnection, EngineListener>> application) {
        this.workers = threads("freelims-sync-socketio");
        this.blocking = threads("freelims-sync-socketio-sign-in");
        ScheduledThreadPoolExecutor timer =
                new ScheduledThreadPoolExecutor(
                        1,
                        named("freelims-sync-socketio-timer"),
                        new ThreadPoolExecutor.DiscardPolicy());
        timer.setRemoveOnCancelPolicy(true);
        this.timers = timer;
        this.engine =
                new EngineServer(
                        settings, application.apply(blocking), workers, timers, Ticker.system());
        this.cors = cors;
    }

    /** Once shut down it forgets what it is given: there is nobody left to do it for. */
    private static ThreadPoolExecutor threads(String name) {
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(
                        WORKERS,
                        WORKERS,
                        IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        named(name),
                        new ThreadPoolExecutor.DiscardPolicy());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static ThreadFactory named(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + '-' + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Returns a builder. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Adds this endpoint's paths to a server, which closes it.
     *
     * @return the server's builder
     */
    public SyncServerBuilder mountOn(SyncServerBuilder server) {
        for (String path : PATHS) {
            mountOn(server, path);
        }
        return server.httpRoute("/socket.io/", polling())
                .httpRoute("/ws/", polling())
                .closing(this);
    }

    /** Adds one path, with and without a slash at its end; for this package's fixtures. */
    void mountOn(SyncServerBuilder server, String path) {
        server.route(path, engine).route(path + '/', engine);
    }

    /** Returns what answers plain HTTP requests. */
    PollingRoute polling() {
        return new PollingRoute(engine, cors);
    }

    /** Returns how many sessions there are, on either transport. */
    public int sessions() {
        return engine.size();
    }

    /** Closes all sessions. Clients connect again by themselves. */
    @Override
    public void close() {
        engine.close();
        timers.shutdownNow();
        workers.shutdown();
        blocking.shutdown();
    }

    /** Collects what an endpoint works with. Not thread-safe. */
    public static final class Builder {
        private @Nullable SyncHub hub;
        private Authenticator authenticator = Authenticator.none();
        private boolean allowAnonymous;
        private CorsPolicy cors = CorsPolicy.sameOriginOnly();
        private long pendingBytes = 1 << 20;
        private Duration connectTimeout = Duration.ofSeconds(45);
        private EngineSettings settings = EngineSettings.DEFAULTS;

        private Builder() {}

        /** Who serves the clients. Required. */
        public Builder hub(SyncHub hub) {
            this.hub = requireNonNull(hub, "hub");
            return this;
        }

        /**
         * Who a token in a CONNECT's {@code auth} or in {@code Authorization: Bearer} belongs to;
         * no token is good.
         */
        public Builder authenticator(Authenticator authenticator) {
            this.authenticator = requireNonNull(authenticator, "authenticator");
            return this;
        }

        /**
         * Whether clients without a token are let in, as FreeLIMS' frontend is; false. Must be as
         * the hub's setting.
         */
        public Builder allowAnonymous(boolean allow) {
            this.allowAnonymous = allow;
            return this;
        }

        /** Which web pages may poll; the server's own. */
        public Builder cors(CorsPolicy cors) {
            this.cors = requireNonNull(cors, "cors");
            return this;
        }

        /** What may wait for one client; 1 MiB. Should be as the hub's limit. */
        public Builder pendingBytes(long bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException("pendingBytes must be >= 1 but was " + bytes);
            }
            this.pendingBytes = bytes;
            return this;
        }

        /**
         * How long after a sign of life the server asks for another, and how long it waits for it;
         * 25 s and 20 s.
         */
        public Builder pings(Duration interval, Duration timeout) {
            this.settings = settings.withPings(interval, timeout);
            return this;
        }

        /**
         * Returns an endpoint.
         *
         * @throws IllegalStateException if the hub is missing
         */
        public SocketIoEndpoint build() {
            if (hub == null) {
                throw new IllegalStateException("an endpoint needs a hub: call hub()");
            }
            return new SocketIoEndpoint(this, hub);
        }
    }
}
