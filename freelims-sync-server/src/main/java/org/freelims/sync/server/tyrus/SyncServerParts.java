package org.freelims.sync.server.tyrus;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.freelims.sync.SyncHub;
import org.freelims.sync.server.security.CorsPolicy;
import org.freelims.sync.server.security.TlsCertificate;
import org.glassfish.grizzly.filterchain.FilterChain;
import org.glassfish.grizzly.filterchain.FilterChainBuilder;
import org.glassfish.grizzly.filterchain.TransportFilter;
import org.glassfish.grizzly.http.HttpServerFilter;
import org.glassfish.grizzly.http.server.AddOn;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.HttpHandlerRegistration;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.grizzly.http.server.NetworkListener;
import org.glassfish.grizzly.http.server.ServerConfiguration;
import org.glassfish.grizzly.ssl.SSLBaseFilter;
import org.glassfish.grizzly.ssl.SSLEngineConfigurator;
import org.glassfish.grizzly.threadpool.ThreadPoolConfig;
import org.glassfish.grizzly.utils.IdleTimeoutFilter;

/** Puts Grizzly, the door and Tyrus together on one listener. */
final class SyncServerParts {
    static final String SYNC_PATH = "/sync";

    private static final int MIN_WORKER_THREADS = 4;
    private static final int MAX_WAITING_REQUESTS = 10_000;
    private static final int MAX_HEADERS = 100;

    /** What the builder collected. */
    record Settings(
            String host,
            int port,
            ConnectionLimits limits,
            CorsPolicy cors,
            boolean knownHostsOnly,
            Optional<TlsCertificate> tls,
            int workerThreads,
            Map<String, WebSocketRoute> routes,
            Map<String, HttpRoute> httpRoutes,
            Map<String, HttpHandler> handlers,
            RefusalListener refusalListener,
            List<AutoCloseable> closeables) {
        Settings {
            routes = Map.copyOf(routes);
            httpRoutes = Map.copyOf(httpRoutes);
            handlers = Map.copyOf(handlers);
            closeables = List.copyOf(closeables);
        }
    }

    private SyncServerParts() {}

    static SyncServer.Parts build(
            Settings settings,
            SyncHub hub,
            ExecutorService blocking,
            ScheduledExecutorService timer) {
        TyrusSessions sessions =
                new TyrusSessions(settings.routes().keySet(), longestMessage(settings));
        Visitors visitors = new Visitors(settings.limits());
        FilterChain openChain =
                FilterChainBuilder.stateless()
                        .add(new TransportFilter())
                        .add(new FrameFilter())
                        .build();
        DoorFilter door =
                new DoorFilter(
                        visitors,
                        new HandshakeRules(settings.cors(), settings.knownHostsOnly()),
                        settings.routes(),
                        settings.httpRoutes(),
                        handled(settings.handlers()),
                        new Hearing.Court(
                                visitors,
                                sessions,
                                openChain,
                                settings.limits(),
                                ids(),
                                settings.refusalListener()));
        NetworkListener listener = listener(settings, visitors, door);
        return new SyncServer.Parts(
                settings.host(),
                settings.port(),
                http(settings, listener),
                listener,
                door,
                visitors,
                sessions,
                hub,
                blocking,
                timer,
                settings.limits().closeTimeout(),
                settings.tls(),
                settings.closeables());
    }

    private static int longestMessage(Settings settings) {
        int most = settings.limits().messageBytes();
        return settings.routes().values().stream()
                .mapToInt(route -> Math.max(most, route.maxMessageBytes().orElse(most)))
                .max()
                .orElse(most);
    }

    private static NetworkListener listener(Settings settings, Visitors visitors, DoorFilter door) {
        NetworkListener listener =
                new NetworkListener("freelims-sync", settings.host(), settings.port());
        listener.setMaxHttpHeaderSize(settings.limits().headerBytes());
        listener.setMaxRequestHeaders(MAX_HEADERS);
        // connections are watched here; Grizzly's own timeout would end quiet WebSockets too
        listener.getKeepAlive().setIdleTimeoutInSeconds(-1);
        listener.getKeepAlive().setMaxRequestsCount(-1);
        settings.tls().ifPresent(certificate -> secure(listener, certificate));
        listener.getTransport().setTcpNoDelay(true);
        listener.getTransport()
                .setWorkerThreadPoolConfig(
                        ThreadPoolConfig.defaultConfig()
                                .setPoolName("freelims-sync-http")
                                .setDaemon(true)
                                .setCorePoolSize(
                                        Math.min(MIN_WORKER_THREADS, settings.workerThreads()))
                                .setMaxPoolSize(settings.workerThreads())
                                .setQueueLimit(MAX_WAITING_REQUESTS));
        AddOn filters =
                (on, chain) -> {
                    // it keeps every connection until it hears of its end, which it does not of a
                    // WebSocket's: that one's chain is another
                    int idle = chain.indexOfType(IdleTimeoutFilter.class);
                    if (idle >= 0) {
                        chain.remove(idle);
                    }
                    int ssl = chain.indexOfType(SSLBaseFilter.class);
                    if (ssl >= 0) {
                        ((SSLBaseFilter) chain.get(ssl)).setRenegotiationDisabled(true);
                    }
                    int http = chain.indexOfType(HttpServerFilter.class);
                    chain.set(http, new HttpFilter(on));
                    chain.add(http + 1, door);
                    chain.add(http, new ArrivalFilter(visitors));
                };
        listener.registerAddOn(filters);
        return listener;
    }

    private static void secure(NetworkListener listener, TlsCertificate certificate) {
        listener.setSecure(true);
        listener.setSSLEngineConfig(
                new SSLEngineConfigurator(certificate.context(), false, false, false)
                        .setEnabledProtocols(new String[] {"TLSv1.3", "TLSv1.2"}));
    }

    private static HttpServer http(Settings settings, NetworkListener listener) {
        HttpServer http = new HttpServer();
        http.addListener(listener);
        ServerConfiguration configuration = http.getServerConfiguration();
        configuration.setDefaultErrorPageGenerator(new JsonErrorPages());
        configuration.setPassTraceRequest(true); // TRACE is the handlers' to refuse
        settings.handlers()
                .forEach(
                        (pattern, handler) ->
                                configuration.addHttpHandler(
                                        handler, HttpHandlerRegistration.fromString(pattern)));
        return http;
    }

    /** Returns whether a handler is mounted there; the one for all other paths does not count. */
    private static Predicate<String> handled(Map<String, HttpHandler> handlers) {
        return path ->
                handlers.keySet().stream()
                        .filter(pattern -> !pattern.equals("/*"))
                        .anyMatch(
                                pattern ->
                                        pattern.endsWith("/*")
                                                ? path.startsWith(
                                                        pattern.substring(0, pattern.length() - 1))
                                                : path.equals(pattern));
    }

    private static Supplier<String> ids() {
        byte[] node = new byte[4];
        new SecureRandom().nextBytes(node);
        String prefix = HexFormat.of().formatHex(node);
        AtomicLong count = new AtomicLong();
        return () -> prefix + '-' + count.incrementAndGet();
    }
}
