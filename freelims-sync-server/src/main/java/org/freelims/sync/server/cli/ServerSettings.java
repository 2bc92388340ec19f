package org.freelims.sync.server.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.freelims.sync.server.security.KeySetVerifier;
import org.freelims.sync.session.Limits;

/**
 * What a {@link StandaloneServer} is to be. Immutable.
 *
 * @param dataDir of the built-in PostgreSQL, the token secret and temporary files
 * @param database a PostgreSQL to use instead of the built-in one
 * @param anonymous whether clients may watch without signing in
 * @param origins the web pages that may connect, besides the server's own
 * @param serverNames host names that the server is known by, besides the machine's own
 * @param linger how long changes may wait for others to be written together
 * @param metricsToken what lets in to the metrics, besides an administrator's token
 * @param webDir files to serve at the root
 * @param policy the file that says who may see what
 * @param audit where it is kept who did what
 * @param tokenKeys whose tokens are good besides the server's own
 * @param tls what https and wss are served with, instead of http and ws
 */
record ServerSettings(
        String host,
        int port,
        Path dataDir,
        Optional<Databases.Address> database,
        boolean demo,
        boolean anonymous,
        boolean openRegistration,
        List<String> origins,
        List<String> serverNames,
        Optional<String> tokenSecret,
        Duration tokenLifetime,
        Duration retention,
        Duration linger,
        Optional<String> metricsToken,
        Optional<Path> webDir,
        Optional<Path> policy,
        Optional<TokenKeys> tokenKeys,
        Audit audit,
        Optional<TlsFiles> tls) {

    /** Where the server's certificate and its private key are, as PEM. */
    record TlsFiles(Path certificate, Path key) {}

    /**
     * An identity provider.
     *
     * @param keys the address or the file of its key set
     */
    record TokenKeys(String keys, KeySetVerifier.Expected expected) {}

    /** Where an audit of access goes. */
    enum Audit {
        off,
        log,
        table
    }

    /** Where FreeLIMS' own frontend is served from, in development and in production. */
    static final List<String> DEMO_ORIGINS =
            List.of("http://localhost:3000", "http://localhost:3001");

    private static final int MIN_METRICS_TOKEN = 16;
    private static final List<String> LOOPBACK = List.of("127.0.0.1", "localhost", "::1");

    ServerSettings {
        origins = List.copyOf(origins);
        serverNames = List.copyOf(serverNames);
        if (port < 0 || port > 65_535) {
            throw new CliException(
                    ExitCode.USAGE, "--port must be from 0 to 65535 but was " + port + ".");
        }
        if (demo && !LOOPBACK.contains(host)) {
            throw new CliException(
                    ExitCode.USAGE,
                    "--demo has a password that everybody knows, so it stays on this machine: leave"
                        + " --host out, or leave --demo out and make accounts with 'user add'.");
        }
        if (demo && database.isPresent()) {
            throw new CliException(
                    ExitCode.USAGE,
                    "--demo makes an account whose password everybody knows, so it works on a"
                            + " database of its own only. Leave --database-url out, or --demo.");
        }
        if (metricsToken.filter(token -> token.length() < MIN_METRICS_TOKEN).isPresent()) {
            throw new CliException(
                    ExitCode.USAGE,
                    "--metrics-token must have at least " + MIN_METRICS_TOKEN + " characters.");
        }
        if (tokenLifetime.toSeconds() < 1 || retention.toSeconds() < 1) {
            throw new CliException(
                    ExitCode.USAGE, "--token-lifetime and --retention must be at least a second.");
        }
        if (linger.isNegative() || linger.compareTo(Limits.MAX_LINGER) > 0) {
            throw new CliException(
                    ExitCode.USAGE,
                    "--linger must be from 0ms to 1s but was " + Durations.text(linger) + ".");
        }
    }

    /** Returns a builder of settings that are as {@code serve} without flags has them. */
    static Builder builder(Path dataDir) {
        return new Builder(dataDir);
    }

    /** Collects settings. Confined. */
    static final class Builder {
        private final Path dataDir;
        private String host = "127.0.0.1";
        private int port = 8001;
        private Optional<Databases.Address> database = Optional.empty();
        private boolean demo;
        private boolean anonymous;
        private boolean openRegistration;
        private List<String> origins = List.of();
        private List<String> serverNames = List.of();
        private Optional<String> tokenSecret = Optional.empty();
        private Duration tokenLifetime = Duration.ofHours(12);
        private Duration retention = Duration.ofDays(30);
        private Duration linger = Duration.ZERO;
        private Optional<String> metricsToken = Optional.empty();
        private Optional<Path> webDir = Optional.empty();
        private Optional<Path> policy = Optional.empty();
        private Optional<TokenKeys> tokenKeys = Optional.empty();
        private Audit audit = Audit.log;
        private Optional<TlsFiles> tls = Optional.empty();

        private Builder(Path dataDir) {
            this.dataDir = dataDir;
        }

        Builder host(String value) {
            host = value;
            return this;
        }

        Builder port(int value) {
            port = value;
            return this;
        }

        Builder database(Optional<Databases.Address> value) {
            database = value;
            return this;
        }

        Builder demo(boolean value) {
            demo = value;
            return this;
        }

        Builder anonymous(boolean value) {
            anonymous = value;
            return this;
        }

        Builder openRegistration(boolean value) {
            openRegistration = value;
            return this;
        }

        Builder origins(List<String> value) {
            origins = value;
            return this;
        }

        Builder serverNames(List<String> value) {
            serverNames = value;
            return this;
        }

        Builder tokenSecret(Optional<String> value) {
            tokenSecret = value;
            return this;
        }

        Builder tokenLifetime(Duration value) {
            tokenLifetime = value;
            return this;
        }

        Builder retention(Duration value) {
            retention = value;
            return this;
        }

        Builder linger(Duration value) {
            linger = value;
            return this;
        }

        Builder metricsToken(Optional<String> value) {
            metricsToken = value;
            return this;
        }

        Builder webDir(Optional<Path> value) {
            webDir = value;
            return this;
        }

        Builder policy(Optional<Path> value) {
            policy = value;
            return this;
        }

        Builder tls(Optional<TlsFiles> value) {
            tls = value;
            return this;
        }

        Builder tokenKeys(Optional<TokenKeys> value) {
            tokenKeys = value;
            return this;
        }

        Builder audit(Audit value) {
            audit = value;
            return this;
        }

        /**
         * @throws CliException {@code USAGE} if the settings don't go together
         */
        ServerSettings build() {
            return new ServerSettings(
                    host,
                    port,
                    dataDir,
                    database,
                    demo,
                    anonymous,
                    openRegistration,
                    origins,
                    serverNames,
                    tokenSecret,
                    tokenLifetime,
                    retention,
                    linger,
                    metricsToken,
                    webDir,
                    policy,
                    tokenKeys,
                    audit,
                    tls);
        }
    }
}
