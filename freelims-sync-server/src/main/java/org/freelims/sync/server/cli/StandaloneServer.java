package org.freelims.sync.server.cli;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.AccessPolicy;
import org.freelims.sync.server.console.Console;
import org.freelims.sync.server.embedded.EmbeddedPostgres;
import org.freelims.sync.server.lims.LimsApi;
import org.freelims.sync.server.lims.LimsResource;
import org.freelims.sync.server.lims.LimsSchema;
import org.freelims.sync.server.lims.LimsSeed;
import org.freelims.sync.server.operation.AdminDoor;
import org.freelims.sync.server.operation.NodeWatch;
import org.freelims.sync.server.operation.Operation;
import org.freelims.sync.server.postgres.CaptureOptions;
import org.freelims.sync.server.postgres.PostgresSync;
import org.freelims.sync.server.postgres.Retention;
import org.freelims.sync.server.security.AccessAudit;
import org.freelims.sync.server.security.AccountAccessPolicy;
import org.freelims.sync.server.security.Accounts;
import org.freelims.sync.server.security.AuditTable;
import org.freelims.sync.server.security.CorsPolicy;
import org.freelims.sync.server.security.JwtAuthenticator;
import org.freelims.sync.server.security.KeySetVerifier;
import org.freelims.sync.server.security.Passwords;
import org.freelims.sync.server.security.PolicyFile;
import org.freelims.sync.server.security.PolicyReader;
import org.freelims.sync.server.security.RolePolicy;
import org.freelims.sync.server.security.Tickets;
import org.freelims.sync.server.security.TlsCertificate;
import org.freelims.sync.server.security.TokenSecret;
import org.freelims.sync.server.security.TokenService;
import org.freelims.sync.server.security.TokenVerifier;
import org.freelims.sync.server.socketio.SocketIoEndpoint;
import org.freelims.sync.server.tyrus.SyncServer;
import org.freelims.sync.session.HubListener;
import org.freelims.sync.session.Limits;
import org.jdbi.v3.core.Jdbi;

/**
 * The server as it stands alone: PostgreSQL, the LIMS on it, capture, the hub and the port. Started
 * once, closed once; closing is idempotent and may be called from any thread.
 */
final class StandaloneServer implements AutoCloseable {
    private static final Logger LOG = System.getLogger(StandaloneServer.class.getName());
    private static final int CONNECTIONS = 20;

    private final ServerSettings settings;
    private final Deque<Part> parts = new ArrayDeque<>();
    private Databases.Address database = new Databases.Address("", "", "", "");
    private Optional<SyncServer> http = Optional.empty();
    private Optional<TlsCertificate> tls = Optional.empty();
    private final Console console = new Console();
    private final Operation operation;
    private Optional<AccessAudit> audit = Optional.empty();
    private final CountDownLatch closed = new CountDownLatch(1);
    private boolean noAccount;

    private StandaloneServer(ServerSettings settings) {
        this.settings = settings;
        this.operation = new Operation(settings.dataDir());
    }

    /** Something that was started, and so has to be closed: the last one first. */
    private record Part(String name, AutoCloseable closeable) {}

    /**
     * Starts everything; returns when clients can connect.
     *
     * @throws CliException and what the parts throw, with messages fit for the person who starts
     *     it; what was started is closed again then
     */
    static StandaloneServer start(ServerSettings settings) {
        var server = new StandaloneServer(settings);
        try {
            server.start();
            return server;
        } catch (RuntimeException e) {
            try {
                server.close();
            } catch (RuntimeException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    private void start() {
        requireFreePort();
        tls = settings.tls().map(f -> TlsCertificate.ofFiles(f.certificate(), f.key()));
        DataSource pool = openDatabase();
        Jdbi jdbi = Jdbi.create(pool);
        LimsSchema.migrate(pool);
        startAudit(jdbi);
        PostgresSync sync = startSync(pool);
        installCapture(sync);

        var accounts = new Accounts(jdbi, Passwords.withDefaultCost());
        if (settings.demo()) {
            new LimsSeed(jdbi, new Random()).demo(accounts);
        }
        noAccount = accounts.list().isEmpty();
        var tokens = new TokenService(tokenSecret(), settings.tokenLifetime(), Clock.systemUTC());
        TokenVerifier verifier = keySet().map(tokens::or).orElse(tokens);
        var authenticator = new JwtAuthenticator(verifier, accounts);
        var access = new AccountAccessPolicy(accounts, roles(sync), Clock.systemUTC());
        SyncHub hub = startHub(sync, authenticator, access);
        LimsApi api = api(jdbi, accounts, tokens, verifier, access);
        startHttp(
                hub,
                authenticator,
                new Tickets(jdbi, accounts, new SecureRandom(), Clock.systemUTC()),
                api,
                new Console.Sources(Program.version(), hub, sync, jdbi, operation));
    }

    private void requireFreePort() {
        if (settings.port() == 0) {
            return;
        }
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(settings.host(), settings.port()));
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.IN_USE,
                    "Can't listen on "
                            + settings.host()
                            + ":"
                            + settings.port()
                            + ": "
                            + e.getMessage()
                            + ". If another program (perhaps this one, started before) uses the"
                            + " port, stop that, or choose another with --port. Ports below 1024"
                            + " need special rights.",
                    e);
        }
    }

    private DataSource openDatabase() {
        Optional<EmbeddedPostgres> embedded = Optional.empty();
        if (settings.database().isPresent()) {
            database = settings.database().get();
        } else {
            LOG.log(Level.INFO, "Starting PostgreSQL in {0}", settings.dataDir());
            EmbeddedPostgres postgres =
                    EmbeddedPostgres.builder().dataDir(settings.dataDir()).start();
            parts.push(new Part("PostgreSQL", postgres));
            embedded = Optional.of(postgres);
            database = Databases.address(postgres);
        }
        var pool = Databases.pool(database, CONNECTIONS);
        parts.push(new Part("database connections", pool));
        pool.setMetricRegistry(operation.registry());
        LOG.log(
                Level.DEBUG,
                "{0} is open",
                embedded.map(postgres -> "PostgreSQL").orElse(database.where()));
        return pool;
    }

    private PostgresSync startSync(DataSource pool) {
        PostgresSync sync =
                PostgresSync.builder()
                        .dataSource(pool)
                        .relayListener(operation.relayListener())
                        .retention(
                                new Retention(
                                        Optional.of(settings.retention()),
                                        Retention.standard().maxBytes()))
                        .build();
        parts.push(new Part("relay", sync));
        sync.start();
        return sync;
    }

    private static void installCapture(PostgresSync sync) {
        for (LimsResource resource : LimsResource.ALL) {
            sync.capture()
                    .install(
                            resource.table(),
                            CaptureOptions.resource(resource.name())
                                    .excluding(resource.excludedColumns().toArray(String[]::new)));
        }
    }

    private void startAudit(Jdbi jdbi) {
        if (settings.audit() == ServerSettings.Audit.off) {
            return;
        }
        AccessAudit started =
                AccessAudit.start(
                        Clock.systemUTC(),
                        settings.audit() == ServerSettings.Audit.table
                                ? Optional.of(new AuditTable(jdbi))
                                : Optional.empty());
        parts.push(new Part("audit", started));
        audit = Optional.of(started);
    }

    private TokenSecret tokenSecret() {
        return settings.tokenSecret()
                .map(TokenSecret::of)
                .orElseGet(() -> TokenSecret.keptIn(settings.dataDir(), new SecureRandom()));
    }

    private SyncHub startHub(
            PostgresSync sync, JwtAuthenticator authenticator, AccessPolicy access) {
        List<HubListener> listeners = new ArrayList<>(List.of(console.hubListener()));
        audit.ifPresent(listeners::add);
        HubThreads threads = HubThreads.start();
        parts.push(new Part("hub threads", threads));
        SyncHub hub =
                SyncHub.builder()
                        .log(sync.log())
                        .snapshots(sync.snapshots())
                        .catalog(sync.catalog())
                        .authenticator(authenticator)
                        .accessPolicy(access)
                        .allowAnonymous(settings.anonymous())
                        .threads(threads)
                        .limits(Limits.builder().linger(settings.linger()).build())
                        .listener(operation.hubListener(listeners))
                        .build();
        parts.push(new Part("hub", hub));
        hub.start();
        parts.push(new Part("watch", operation));
        operation.start(
                new NodeWatch.Sources(
                        sync::status, sync::databaseBytes, hub::stats, threads.loop()));
        return hub;
    }

    private Supplier<RolePolicy> roles(PostgresSync sync) {
        Set<String> forUsers = LimsResource.forUsers();
        Set<String> forAdmins = new HashSet<>(LimsResource.forAdmins());
        forAdmins.add(Console.RESOURCE);
        if (settings.policy().isEmpty()) {
            RolePolicy standard =
                    RolePolicy.standard(
                            forUsers, forAdmins, settings.anonymous() ? forUsers : Set.of());
            return () -> standard;
        }
        Set<String> all = new HashSet<>(forUsers);
        all.addAll(forAdmins);
        try {
            return PolicyFile.read(
                    settings.policy().get(),
                    new PolicyReader(forUsers, all, sync.catalog()::fields),
                    Clock.systemUTC());
        } catch (IllegalArgumentException e) {
            throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    private Optional<KeySetVerifier> keySet() {
        return settings.tokenKeys()
                .map(
                        provider -> {
                            String keys = provider.keys();
                            try {
                                return keys.matches("https?://.*")
                                        ? KeySetVerifier.at(
                                                URI.create(keys),
                                                provider.expected(),
                                                Clock.systemUTC())
                                        : KeySetVerifier.in(
                                                Path.of(keys),
                                                provider.expected(),
                                                Clock.systemUTC());
                            } catch (IllegalArgumentException e) {
                                throw new CliException(
                                        ExitCode.USAGE, "--token-keys: " + e.getMessage(), e);
                            }
                        });
    }

    private LimsApi api(
            Jdbi jdbi,
            Accounts accounts,
            TokenService tokens,
            TokenVerifier verifier,
            AccountAccessPolicy access) {
        LimsApi.Builder api = LimsApi.on(jdbi, accounts, tokens);
        audit.ifPresent(api::signInListener);
        LimsApi made =
                api.version(Program.version())
                        .verifier(verifier)
                        .views(access::viewOf)
                        .registrationOpen(settings.openRegistration())
                        .cors(cors())
                        .build();
        parts.push(new Part("web API", made));
        return made;
    }

    private CorsPolicy cors() {
        var names = new ArrayList<>(settings.serverNames());
        ownName().ifPresent(names::add);
        return CorsPolicy.allowing(settings.origins()).servedAs(names);
    }

    private static Optional<String> ownName() {
        try {
            String name = InetAddress.getLocalHost().getHostName();
            CorsPolicy.sameOriginOnly().servedAs(List.of(name));
            return Optional.of(name);
        } catch (UnknownHostException | IllegalArgumentException e) {
            return Optional.empty(); // a machine whose name is no host name is asked for by others
        }
    }

    private void startHttp(
            SyncHub hub,
            JwtAuthenticator authenticator,
            Tickets tickets,
            LimsApi api,
            Console.Sources consoleSources) {
        var builder =
                SyncServer.builder()
                        .host(settings.host())
                        .port(settings.port())
                        .hub(hub)
                        .authenticator(authenticator)
                        .tickets(tickets)
                        .cors(cors())
                        .knownHostsOnly(settings.anonymous())
                        .mount("/api", api.resourceConfig());
        SocketIoEndpoint.builder()
                .hub(hub)
                .authenticator(authenticator)
                .allowAnonymous(settings.anonymous())
                .cors(cors())
                .build()
                .mountOn(builder);
        var door = new AdminDoor(authenticator);
        operation.mountOn(builder::handler, door, settings.metricsToken());
        console.mountOn(builder::handler, door, consoleSources);
        builder.refusalListener(
                (address, status) -> {
                    operation.metrics().handshakeRefused(status);
                    audit.ifPresent(written -> written.handshakeRefused(address, status));
                });
        settings.webDir()
                .ifPresent(
                        directory -> {
                            if (!Files.isDirectory(directory)) {
                                throw new CliException(
                                        ExitCode.USAGE,
                                        "--web-dir " + directory + " is not a directory.");
                            }
                            builder.staticFiles("/", directory);
                        });
        tls.ifPresent(builder::tls);
        SyncServer server = builder.build();
        parts.push(new Part("port", server));
        server.start();
        http = Optional.of(server);
    }

    int port() {
        return http.orElseThrow().port();
    }

    /** The address to type into a browser on this machine. */
    String url() {
        String host = settings.host().equals("0.0.0.0") ? "127.0.0.1" : settings.host();
        String scheme = settings.tls().isPresent() ? "https" : "http";
        return scheme + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port();
    }

    String syncUrl() {
        return url().replaceFirst("^http", "ws") + "/sync";
    }

    Databases.Address database() {
        return database;
    }

    boolean hasNoAccount() {
        return noAccount;
    }

    /** Returns once the server was closed. */
    void awaitClose() throws InterruptedException {
        closed.await();
    }

    /**
     * Tells clients to come back, then closes the port, the hub, the relay, the pool and
     * PostgreSQL, in that order.
     */
    @Override
    public synchronized void close() {
        operation.closing();
        while (!parts.isEmpty()) {
            Part part = parts.pop();
            try {
                part.closeable().close();
            } catch (Exception e) {
                LOG.log(Level.WARNING, "Closing the " + part.name() + " failed; going on", e);
            }
        }
        closed.countDown();
    }
}
