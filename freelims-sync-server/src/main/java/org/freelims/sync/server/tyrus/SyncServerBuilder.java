package org.freelims.sync.server.tyrus;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.Authenticator;
import org.freelims.sync.server.security.CorsPolicy;
import org.freelims.sync.server.security.TlsCertificate;
import org.glassfish.grizzly.http.server.CLStaticHttpHandler;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.StaticHttpHandler;
import org.glassfish.jersey.grizzly2.httpserver.GrizzlyHttpContainer;
import org.glassfish.jersey.server.ContainerFactory;
import org.glassfish.jersey.server.ResourceConfig;
import org.jspecify.annotations.Nullable;

/** Collects what a {@link SyncServer} serves and allows. Not thread-safe. */
public final class SyncServerBuilder {
    private static final int BLOCKING_THREADS = 8;
    private static final int MAX_WAITING_SIGN_INS = 1024;

    private String host = "127.0.0.1";
    private int port = 8001;
    private @Nullable SyncHub hub;
    private Authenticator authenticator = Authenticator.none();
    private Authenticator tickets = Authenticator.none();
    private CorsPolicy cors = CorsPolicy.sameOriginOnly();
    private boolean knownHostsOnly;
    private @Nullable TlsCertificate tls;
    private ConnectionLimits limits = ConnectionLimits.defaults();
    private int workerThreads = 32;
    private RefusalListener refusalListener = (remoteAddress, status) -> {};
    private final Map<String, WebSocketRoute> routes = new LinkedHashMap<>();
    private final Map<String, HttpRoute> httpRoutes = new LinkedHashMap<>();
    private final Map<String, HttpHandler> handlers = new LinkedHashMap<>();
    private final List<AutoCloseable> closeables = new ArrayList<>();

    SyncServerBuilder() {}

    /** The address to listen on; {@code 127.0.0.1}. {@code 0.0.0.0} is every address. */
    public SyncServerBuilder host(String host) {
        this.host = requireNonNull(host, "host");
        return this;
    }

    /**
     * The port to listen on; 8001. 0 is any that is free.
     *
     * @throws IllegalArgumentException if it is none
     */
    public SyncServerBuilder port(int port) {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("a port is 0 to 65535 but was " + port);
        }
        this.port = port;
        return this;
    }

    /** Who serves the clients of {@code /sync}. Required. */
    public SyncServerBuilder hub(SyncHub hub) {
        this.hub = requireNonNull(hub, "hub");
        return this;
    }

    /** Who a token in a handshake's {@code Authorization: Bearer} belongs to; no token is good. */
    public SyncServerBuilder authenticator(Authenticator authenticator) {
        this.authenticator = requireNonNull(authenticator, "authenticator");
        return this;
    }

    /**
     * Who a one-time ticket in a handshake's {@code ?ticket=} belongs to, for browsers, which can't
     * set headers; no ticket is good.
     */
    public SyncServerBuilder tickets(Authenticator tickets) {
        this.tickets = requireNonNull(tickets, "tickets");
        return this;
    }

    /** Which web pages may connect; {@link CorsPolicy#sameOriginOnly}. */
    public SyncServerBuilder cors(CorsPolicy policy) {
        this.cors = requireNonNull(policy, "policy");
        return this;
    }

    /** As {@link #cors} with {@link CorsPolicy#allowing}. */
    public SyncServerBuilder allowedOrigins(Collection<String> origins) {
        return cors(CorsPolicy.allowing(origins));
    }

    /**
     * Whether requests for a host that {@link CorsPolicy#knowsHost} does not know are refused, with
     * 421; false. To be set where clients are let in without a token.
     */
    public SyncServerBuilder knownHostsOnly(boolean only) {
        this.knownHostsOnly = only;
        return this;
    }

    /**
     * Serves https and wss instead of http and ws, by TLS 1.2 and 1.3, with this certificate. Files
     * that change are read again within seconds; open connections stay. Not set: no TLS.
     */
    public SyncServerBuilder tls(TlsCertificate certificate) {
        this.tls = requireNonNull(certificate, "certificate");
        return this;
    }

    /** What clients may ask of the port; {@link ConnectionLimits#defaults}. */
    public SyncServerBuilder limits(ConnectionLimits limits) {
        this.limits = requireNonNull(limits, "limits");
        return this;
    }

    /** Threads for REST and other handlers, which may block; 32 at most. */
    public SyncServerBuilder workerThreads(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("workerThreads must be >= 1 but was " + most);
        }
        this.workerThreads = most;
        return this;
    }

    /**
     * Serves WebSockets at a path, which must match exactly: {@code /ws} and {@code /ws/} are two.
     *
     * @throws IllegalArgumentException if the path is taken or does not begin with a slash
     */
    public SyncServerBuilder route(String path, WebSocketRoute route) {
        if (!path.startsWith("/") || path.contains("{")) {
            throw new IllegalArgumentException("'" + path + "' is no path: begin it with a slash");
        }
        if (path.equals(SyncServerParts.SYNC_PATH) || routes.putIfAbsent(path, route) != null) {
            throw new IllegalArgumentException(
                    "there is a WebSocket route at " + path + " already");
        }
        return this;
    }

    /**
     * Serves all plain HTTP requests below a path with a route, before any handler sees them.
     *
     * @param path with a slash at its end; must not lie below another route's
     * @throws IllegalArgumentException if the path has no slash at its beginning or end, or is
     *     taken
     */
    public SyncServerBuilder httpRoute(String path, HttpRoute route) {
        if (!path.startsWith("/") || !path.endsWith("/")) {
            throw new IllegalArgumentException(
                    "'" + path + "' is not below which to serve: begin and end it with a slash");
        }
        for (String other : httpRoutes.keySet()) {
            if (path.startsWith(other) || other.startsWith(path)) {
                throw new IllegalArgumentException(
                        "there is an HTTP route at " + other + " already");
            }
        }
        httpRoutes.put(path, requireNonNull(route, "route"));
        return this;
    }

    /**
     * Serves HTTP requests with a handler, which runs on a worker thread and may suspend the
     * response.
     *
     * @param pattern a path, or one that ends with {@code /*} for all below it
     * @throws IllegalArgumentException if the pattern is taken or does not begin with a slash
     */
    public SyncServerBuilder handler(String pattern, HttpHandler handler) {
        if (!pattern.startsWith("/")) {
            throw new IllegalArgumentException(
                    "'" + pattern + "' is no path: begin it with a slash");
        }
        if (handlers.putIfAbsent(pattern, requireNonNull(handler, "handler")) != null) {
            throw new IllegalArgumentException("there is a handler at " + pattern + " already");
        }
        return this;
    }

    /** Serves Jersey resources below a path, such as {@code /api}. */
    public SyncServerBuilder mount(String path, ResourceConfig resources) {
        resources.register(RemoteAddressFilter.class).register(DepartedClients.class);
        return handler(
                below(path),
                ContainerFactory.createContainer(GrizzlyHttpContainer.class, resources));
    }

    /**
     * Serves the files of a directory below a path, {@code /} for all paths nothing else serves.
     */
    public SyncServerBuilder staticFiles(String path, Path directory) {
        StaticHttpHandler files = new StaticHttpHandler(directory.toString());
        files.setFileCacheEnabled(false); // a file that was replaced is served anew
        return handler(below(path), files);
    }

    /**
     * Serves resources of the class path below a path.
     *
     * @param prefix where they are, such as {@code web/}
     */
    public SyncServerBuilder staticFiles(String path, ClassLoader classes, String prefix) {
        return handler(below(path), new CLStaticHttpHandler(classes, prefix));
    }

    /** Who is told of each handshake that is refused; nobody. */
    public SyncServerBuilder refusalListener(RefusalListener listener) {
        this.refusalListener = requireNonNull(listener, "listener");
        return this;
    }

    /** Closes something when the server closes, after its clients have gone and before the port. */
    public SyncServerBuilder closing(AutoCloseable closeable) {
        closeables.add(requireNonNull(closeable, "closeable"));
        return this;
    }

    private static String below(String path) {
        return path.endsWith("/") ? path + "*" : path + "/*";
    }

    /**
     * Returns a server that is not started.
     *
     * @throws IllegalStateException if the hub is missing
     */
    public SyncServer build() {
        if (hub == null) {
            throw new IllegalStateException("a server needs a hub: call hub()");
        }
        ThreadPoolExecutor blocking =
                new ThreadPoolExecutor(
                        BLOCKING_THREADS,
                        BLOCKING_THREADS,
                        30,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(MAX_WAITING_SIGN_INS),
                        named("freelims-sync-door"));
        blocking.allowCoreThreadTimeOut(true);
        ScheduledExecutorService timer =
                Executors.newSingleThreadScheduledExecutor(named("freelims-sync-watch"));
        Map<String, WebSocketRoute> all = new LinkedHashMap<>(routes);
        SyncHub served = hub;
        all.put(
                SyncServerParts.SYNC_PATH,
                new SyncRoute(
                        served::open,
                        authenticator,
                        tickets,
                        blocking,
                        served.limits().pendingBytes(),
                        served.limits().maxMessageBytes()));
        return new SyncServer(
                SyncServerParts.build(
                        new SyncServerParts.Settings(
                                host,
                                port,
                                limits,
                                cors,
                                knownHostsOnly,
                                Optional.ofNullable(tls),
                                workerThreads,
                                all,
                                httpRoutes,
                                handlers,
                                refusalListener,
                                closeables),
                        served,
                        blocking,
                        timer));
    }

    private static ThreadFactory named(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + '-' + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
