package org.freelims.sync.server.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.freelims.sync.server.PostgresForTests;

/**
 * The stand-alone server on a database of this JVM's PostgreSQL, for tests of other packages.
 * Confined to the test's thread.
 */
public final class ServerForTests implements AutoCloseable {
    /** The secret it signs tokens with. */
    public static final String SECRET = "a secret for tests, of at least 32 bytes";

    /** What lets in to its metrics. */
    public static final String METRICS_TOKEN = "a token of Prometheus, for tests";

    private final ServerSettings settings;
    private StandaloneServer server;

    private ServerForTests(ServerSettings settings) {
        this.settings = settings;
        this.server = StandaloneServer.start(settings);
    }

    /**
     * Starts a server that lets anonymous clients watch, on a port of its own.
     *
     * @param dataDir for its files
     * @param origins the web pages that may connect
     */
    public static ServerForTests start(
            PostgresForTests.Database database, Path dataDir, String... origins) {
        return start(database, dataDir, true, origins);
    }

    /** As {@link #start(PostgresForTests.Database, Path, String...)}, or for accounts only. */
    public static ServerForTests start(
            PostgresForTests.Database database,
            Path dataDir,
            boolean anonymous,
            String... origins) {
        return start(database, dataDir, anonymous, Optional.empty(), Optional.empty(), origins);
    }

    /**
     * As {@link #start(PostgresForTests.Database, Path, String...)}, for accounts only, with pages.
     */
    public static ServerForTests startWithPages(
            PostgresForTests.Database database, Path dataDir, Path webDir) {
        return start(database, dataDir, false, Optional.of(webDir), Optional.empty());
    }

    /** As {@link #start(PostgresForTests.Database, Path, String...)}, for accounts by a policy. */
    public static ServerForTests startWithPolicy(
            PostgresForTests.Database database, Path dataDir, Path policy) {
        return start(database, dataDir, false, Optional.empty(), Optional.of(policy));
    }

    /**
     * As {@link #start(PostgresForTests.Database, Path, String...)}, for accounts, with an audit.
     */
    public static ServerForTests startWithAuditTable(
            PostgresForTests.Database database, Path dataDir) {
        return new ServerForTests(
                settings(database, dataDir).audit(ServerSettings.Audit.table).build());
    }

    private static ServerForTests start(
            PostgresForTests.Database database,
            Path dataDir,
            boolean anonymous,
            Optional<Path> webDir,
            Optional<Path> policy,
            String... origins) {
        return new ServerForTests(
                settings(database, dataDir)
                        .anonymous(anonymous)
                        .origins(List.of(origins))
                        .webDir(webDir)
                        .policy(policy)
                        .build());
    }

    private static ServerSettings.Builder settings(
            PostgresForTests.Database database, Path dataDir) {
        return ServerSettings.builder(dataDir)
                .port(freePort())
                .database(
                        Optional.of(
                                new Databases.Address(
                                        database.url(),
                                        database.user(),
                                        database.password(),
                                        database.name())))
                .tokenSecret(Optional.of(SECRET))
                .metricsToken(Optional.of(METRICS_TOKEN));
    }

    private static int freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns its port, which stays the same over {@link #stop} and {@link #startAgain}. */
    public int port() {
        return settings.port();
    }

    /** Returns its address, without a slash at the end. */
    public String url() {
        return "http://127.0.0.1:" + port();
    }

    /** Stops it as an administrator would; may be called when it is stopped already. */
    public void stop() {
        server.close();
    }

    /** Starts it anew where it was. */
    public void startAgain() {
        server = StandaloneServer.start(settings);
    }

    @Override
    public void close() {
        stop();
    }
}
