package org.freelims.sync.server.embedded;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.freelims.sync.server.embedded.EmbeddedPostgresException.Problem;
import org.jspecify.annotations.Nullable;

/*
 * One data directory has one server: the JVM that serves it holds the directory's lock, and the system takes the lock
 * away when that JVM dies, however it dies. The postmaster may outlive it. So whoever gets the lock and finds a
 * postmaster running has found an orphan, and adopts it: if it listens where it should, is as durable as it should be
 * and lets our password in, it is used as it is, connections of other programs and all; otherwise it is stopped in
 * order and started again.
 */

/**
 * A running PostgreSQL that needs no installation: its programs come from the class path, its data
 * lies in a directory of yours. It listens on the loopback interface only, asks for a generated
 * password (SCRAM), and has told the disk about a transaction before it calls it committed.
 * Thread-safe.
 *
 * <p>It is not stopped by itself when the JVM exits: call {@link #close()}. If the JVM is killed,
 * PostgreSQL goes on, and the next {@link Builder#start()} on the same directory takes it over.
 */
public final class EmbeddedPostgres implements AutoCloseable {
    private static final Logger LOG = System.getLogger(EmbeddedPostgres.class.getName());
    private static final String DATABASE = "freelims";
    private static final int PORT_ATTEMPTS = 5;

    private final DataDirectory data;
    private final Postmaster postmaster;
    private final int port;
    private final String password;
    private final boolean adopted;
    private final AtomicBoolean closed = new AtomicBoolean();

    private EmbeddedPostgres(
            DataDirectory data, Postmaster postmaster, int port, String password, boolean adopted) {
        this.data = data;
        this.postmaster = postmaster;
        this.port = port;
        this.password = password;
        this.adopted = adopted;
    }

    /** A builder; {@link Builder#dataDir} must be called on it. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * How to reach the PostgreSQL of a data directory that a process serves at this moment.
     *
     * @param jdbcUrl of the database "freelims", without user and password
     */
    public record Address(String jdbcUrl, String user, String password) {
        @Override
        public String toString() {
            return "Address[" + jdbcUrl + "]";
        }
    }

    /**
     * Finds the PostgreSQL that another process, or another part of this one, serves on {@code
     * dataDir}; empty if nobody does.
     *
     * @throws EmbeddedPostgresException {@code NOT_PERMITTED} if this user may not read the
     *     directory
     */
    public static Optional<Address> servedOn(Path dataDir) {
        return DataDirectory.addressIfHeld(dataDir)
                .map(
                        held ->
                                new Address(
                                        url(held.port(), DATABASE),
                                        Postmaster.USER,
                                        held.password()));
    }

    /** The JDBC address of the database "freelims" in it, without user and password. */
    public String jdbcUrl() {
        return jdbcUrl(DATABASE);
    }

    /**
     * The JDBC address of {@code database} in it, which need not exist, without user and password.
     */
    public String jdbcUrl(String database) {
        return url(port, database);
    }

    /** The role that owns the database; it may do everything in this PostgreSQL. */
    public String user() {
        return Postmaster.USER;
    }

    /** That role's password, as generated when the data directory was made. */
    public String password() {
        return password;
    }

    /** The port of 127.0.0.1 that it listens on. */
    public int port() {
        return port;
    }

    /** The directory of its data, its password and its log. */
    public Path dataDir() {
        return data.root();
    }

    /** Whether PostgreSQL ran already when this was started, left over by a JVM that was killed. */
    public boolean adopted() {
        return adopted;
    }

    /**
     * Ends all connections, stops PostgreSQL in order and lets go of the data directory; returns
     * when it has stopped. A second call does nothing.
     */
    @Override
    public void close() {
        close(false);
    }

    /**
     * Lets go of the directory and leaves the postmaster to whoever comes next, as a killed JVM
     * does. For tests.
     */
    void forget() {
        if (closed.compareAndSet(false, true)) {
            data.close();
        }
    }

    /** Stops without writing anything down: only for data that is thrown away. */
    void abandon() {
        close(true);
    }

    private void close(boolean immediately) {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try (data) {
            if (immediately) {
                postmaster.stopImmediately();
            } else {
                postmaster.stop();
            }
        } catch (IOException e) {
            throw Failures.writing("stop PostgreSQL in " + data.root(), e);
        }
    }

    private static String url(int port, String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    /** Settings of an {@link EmbeddedPostgres}. Confined to one thread. */
    public static final class Builder {
        private @Nullable Path dataDir;
        private @Nullable Path cacheDir;
        private int port;
        private boolean durable = true;

        private Builder() {}

        /** Where its data lies, or is to lie: a directory for this purpose only. Required. */
        public Builder dataDir(Path directory) {
            this.dataDir = requireNonNull(directory, "directory");
            return this;
        }

        /**
         * Where PostgreSQL's programs are unpacked to, about 60 MB; the default is the user's cache
         * directory, and for root on Linux {@code /var/cache/freelims-sync}; a user without one
         * keeps them in the data directory. It may be shared by many servers and deleted when none
         * runs.
         */
        public Builder cacheDir(Path directory) {
            this.cacheDir = requireNonNull(directory, "directory");
            return this;
        }

        /**
         * The port to listen on. The default 0 chooses a free one and keeps it from one start to
         * the next, unless somebody else has taken it by then.
         *
         * @throws IllegalArgumentException if it is no port
         */
        public Builder port(int number) {
            if (number < 0 || number > 65_535) {
                throw new IllegalArgumentException(
                        "port must be from 0 to 65535 but was " + number);
            }
            this.port = number;
            return this;
        }

        /** Without durability PostgreSQL is faster, and a power cut loses everything. For tests. */
        Builder durable(boolean yes) {
            this.durable = yes;
            return this;
        }

        /**
         * Starts PostgreSQL, or takes over one that runs on this directory, and returns when it
         * takes connections: after some 0.3 s, after about 3 s when the database has to be created
         * first, and after a crash when its recovery is over.
         *
         * @throws EmbeddedPostgresException if it does not start; the message says why and what to
         *     do
         * @throws IllegalStateException if no data directory was set
         */
        public EmbeddedPostgres start() {
            if (dataDir == null) {
                throw new IllegalStateException("dataDir is not set");
            }
            Platform platform = Platform.current();
            DataDirectory data = DataDirectory.open(dataDir);
            try {
                Binaries binaries = unpack(platform, data);
                data.checkVersion(binaries.majorVersion());
                RunAs runAs = RunAs.choose(platform, data, binaries);
                var postmaster = new Postmaster(binaries, data, runAs, durable);
                return start(data, postmaster);
            } catch (IOException e) {
                data.close();
                throw Failures.writing("start PostgreSQL in " + data.root(), e);
            } catch (RuntimeException e) {
                data.close();
                throw e;
            }
        }

        private Binaries unpack(Platform platform, DataDirectory data) {
            if (cacheDir != null) {
                return Binaries.unpack(platform, cacheDir.toAbsolutePath().normalize());
            }
            boolean root = !platform.windows() && data.myUid() == 0;
            Path cache = Binaries.defaultCache(platform, root);
            try {
                return Binaries.unpack(platform, cache);
            } catch (EmbeddedPostgresException e) {
                if (e.problem() != Problem.NOT_PERMITTED) {
                    throw e;
                }
                // a service's user often has no home
                LOG.log(
                        Level.DEBUG,
                        "No cache in " + cache + "; the programs go to the data directory",
                        e);
                return Binaries.unpack(platform, data.root().resolve("programs"));
            }
        }

        private EmbeddedPostgres start(DataDirectory data, Postmaster postmaster)
                throws IOException {
            if (!data.initialised()) {
                postmaster.initialise();
            }
            String password = data.password();
            Optional<Integer> adopted = adopt(data, postmaster, password);
            int listening = adopted.isPresent() ? adopted.get() : startAnew(data, postmaster);
            try {
                data.rememberPort(listening);
                createDatabase(listening, password);
            } catch (SQLException | IOException e) {
                postmaster.stop();
                throw new EmbeddedPostgresException(
                        Problem.FAILED,
                        "PostgreSQL in "
                                + data.root()
                                + " runs but cannot be used: "
                                + e.getMessage(),
                        e);
            }
            LOG.log(
                    Level.DEBUG,
                    "PostgreSQL in {0} {1} on port {2}",
                    data.root(),
                    adopted.isPresent() ? "was adopted" : "listens",
                    Integer.toString(listening));
            return new EmbeddedPostgres(data, postmaster, listening, password, adopted.isPresent());
        }

        private Optional<Integer> adopt(DataDirectory data, Postmaster postmaster, String password)
                throws IOException {
            Optional<PidFile> orphan = postmaster.running();
            if (orphan.isEmpty()) {
                return Optional.empty();
            }
            if (orphan.get().stopping()) {
                postmaster.awaitEnd(orphan.get());
                return Optional.empty();
            }
            if (!postmaster.awaitReady()) {
                return Optional.empty();
            }
            int listening = PidFile.read(data.postgres()).map(PidFile::port).orElse(0);
            if ((port == 0 || port == listening) && asIntended(listening, data, password)) {
                LOG.log(
                        Level.INFO,
                        "Taking over the PostgreSQL that an earlier run left in {0}",
                        data.root());
                return Optional.of(listening);
            }
            LOG.log(
                    Level.INFO,
                    "Restarting the PostgreSQL that runs in {0} with other settings",
                    data.root());
            postmaster.stop();
            return Optional.empty();
        }

        private int startAnew(DataDirectory data, Postmaster postmaster) throws IOException {
            if (port != 0) {
                postmaster.start(port);
                return port;
            }
            int candidate = data.lastPort().orElseGet(() -> 0);
            for (int attempt = 1; ; attempt++) {
                if (candidate == 0 || !Postmaster.free(candidate)) {
                    candidate = Postmaster.freePort();
                }
                try {
                    postmaster.start(candidate);
                    return candidate;
                } catch (EmbeddedPostgresException e) {
                    if (e.problem() != Problem.PORT_IN_USE || attempt == PORT_ATTEMPTS) {
                        throw e;
                    }
                    candidate = 0;
                }
            }
        }

        /** Whether what listens there is this directory's server with the settings that matter. */
        private boolean asIntended(int listening, DataDirectory data, String password) {
            String settings =
                    "SELECT current_setting('data_directory'), current_setting('fsync'),"
                            + " current_setting('synchronous_commit'),"
                            + " current_setting('listen_addresses')";
            String want = durable ? "on" : "off";
            try (Connection connection = connect(listening, "postgres", password);
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(settings)) {
                row.next();
                return Path.of(row.getString(1)).toRealPath().equals(data.postgres().toRealPath())
                        && row.getString(2).equals(want)
                        && row.getString(3).equals(want)
                        && row.getString(4).equals("127.0.0.1");
            } catch (SQLException | IOException e) {
                LOG.log(
                        Level.DEBUG,
                        "What listens on port " + listening + " is not ours to use",
                        e);
                return false;
            }
        }

        private static void createDatabase(int listening, String password) throws SQLException {
            try (Connection connection = connect(listening, "postgres", password);
                    Statement statement = connection.createStatement()) {
                try (ResultSet found =
                        statement.executeQuery(
                                "SELECT 1 FROM pg_database WHERE datname = '" + DATABASE + "'")) {
                    if (found.next()) {
                        return;
                    }
                }
                statement.execute("CREATE DATABASE " + DATABASE);
            }
        }

        private static Connection connect(int listening, String database, String password)
                throws SQLException {
            return DriverManager.getConnection(url(listening, database), Postmaster.USER, password);
        }
    }
}
