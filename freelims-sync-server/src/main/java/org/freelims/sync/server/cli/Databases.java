package org.freelims.sync.server.cli;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.freelims.sync.server.embedded.EmbeddedPostgres;
import org.freelims.sync.server.postgres.DatabaseSetupException;

/** Opens the database that the options name, and says in plain words why it can't. */
final class Databases {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    private Databases() {}

    /**
     * How to reach a database.
     *
     * @param where its name for people, without any password
     */
    record Address(String jdbcUrl, String user, String password, String where) {
        @Override
        public String toString() {
            return where;
        }
    }

    /**
     * An open database: a pool, and the server beneath it if this command started it.
     *
     * @param embedded PostgreSQL that is stopped when this is closed
     */
    record Open(Address address, HikariDataSource pool, Optional<EmbeddedPostgres> embedded)
            implements AutoCloseable {
        @Override
        public void close() {
            pool.close();
            embedded.ifPresent(EmbeddedPostgres::close);
        }
    }

    /**
     * Opens what the options name: a database by its address; else the built-in one of the data
     * directory, through the server that serves it if one does.
     *
     * @throws CliException if it can't be reached or used
     */
    static Open open(DatabaseOptions options, Map<String, String> environment, int connections) {
        if (options.databaseUrl.isPresent()) {
            return pooled(named(options), Optional.empty(), connections);
        }
        Path directory = options.directory(environment);
        var served = EmbeddedPostgres.servedOn(directory);
        if (served.isPresent()) {
            return pooled(address(served.get(), directory), Optional.empty(), connections);
        }
        if (!Files.isDirectory(directory.resolve("postgresql"))) {
            throw new CliException(
                    ExitCode.FAILED,
                    "There is no server's data in "
                            + directory
                            + ". Start the server once ('freelims-sync serve', with the same"
                            + " --data-dir or --demo), or correct --data-dir.");
        }
        EmbeddedPostgres postgres = EmbeddedPostgres.builder().dataDir(directory).start();
        try {
            return pooled(address(postgres), Optional.of(postgres), connections);
        } catch (RuntimeException e) {
            postgres.close();
            throw e;
        }
    }

    static Address address(EmbeddedPostgres postgres) {
        return new Address(
                postgres.jdbcUrl(),
                postgres.user(),
                postgres.password(),
                "the built-in PostgreSQL in " + postgres.dataDir());
    }

    static Address address(EmbeddedPostgres.Address served, Path directory) {
        return new Address(
                served.jdbcUrl(),
                served.user(),
                served.password(),
                "the built-in PostgreSQL in " + directory);
    }

    /**
     * The address that {@code --database-url} and its companions give.
     *
     * @throws CliException {@code USAGE} if it is none
     */
    static Address named(DatabaseOptions options) {
        String url = options.databaseUrl.orElseThrow();
        String jdbc =
                url.startsWith("jdbc:")
                        ? url
                        : "jdbc:" + url.replaceFirst("^postgres://", "postgresql://");
        if (!jdbc.startsWith("jdbc:postgresql:")) {
            throw new CliException(
                    ExitCode.USAGE,
                    "--database-url must be like postgresql://HOST:PORT/DATABASE but was '"
                            + withoutPassword(url)
                            + "'. Only PostgreSQL will do.");
        }
        Optional<String> user = options.databaseUser;
        Optional<String> password = options.databasePassword;
        try {
            URI uri = URI.create(jdbc.substring("jdbc:".length()));
            if (uri.getUserInfo() != null) {
                String[] parts = uri.getUserInfo().split(":", 2);
                user = user.isPresent() ? user : Optional.of(parts[0]);
                password =
                        password.isPresent() || parts.length == 1
                                ? password
                                : Optional.of(parts[1]);
                jdbc = jdbc.replaceFirst("//[^@/]*@", "//");
            }
        } catch (IllegalArgumentException e) {
            // several hosts are no URI, but a JDBC address
            user = options.databaseUser;
        }
        return new Address(
                jdbc,
                user.orElse(System.getProperty("user.name", "postgres")),
                password.orElse(""),
                withoutPassword(jdbc.substring("jdbc:".length())));
    }

    static String withoutPassword(String url) {
        return url.replaceFirst("//[^@/]*@", "//").replaceAll("(?i)(password=)[^&]*", "$1...");
    }

    private static Open pooled(
            Address address, Optional<EmbeddedPostgres> embedded, int connections) {
        return new Open(address, pool(address, connections), embedded);
    }

    /**
     * Opens a pool, after one connection for a try.
     *
     * @throws CliException that says why there is none
     */
    static HikariDataSource pool(Address address, int connections) {
        check(address);
        var config = new HikariConfig();
        config.setPoolName("database");
        config.setJdbcUrl(address.jdbcUrl());
        config.setUsername(address.user());
        config.setPassword(address.password());
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(Math.min(2, connections));
        config.setConnectionTimeout(CONNECT_TIMEOUT.toMillis());
        config.setInitializationFailTimeout(-1);
        config.addDataSourceProperty("ApplicationName", "freelims-sync");
        return new HikariDataSource(config);
    }

    /** Connects once, so that what is wrong is said at once and in full. */
    static void check(Address address) {
        try (Connection connection = connect(address)) {
            int version = connection.getMetaData().getDatabaseMajorVersion();
            if (version < 13) {
                throw new CliException(
                        ExitCode.FAILED,
                        "The database at "
                                + address.where()
                                + " is PostgreSQL "
                                + connection.getMetaData().getDatabaseProductVersion()
                                + "; 13 or later is needed. Upgrade it, or leave --database-url out"
                                + " to use the built-in one.");
            }
        } catch (SQLException e) {
            throw failure(address, e);
        }
    }

    static Connection connect(Address address) throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", address.user());
        properties.setProperty("password", address.password());
        properties.setProperty("connectTimeout", Long.toString(CONNECT_TIMEOUT.toSeconds()));
        properties.setProperty("ApplicationName", "freelims-sync");
        return DriverManager.getConnection(address.jdbcUrl(), properties);
    }

    /** What a failure to connect means. */
    static CliException failure(Address address, SQLException e) {
        String state = String.valueOf(e.getSQLState());
        String where = address.where();
        return switch (state) {
            case "28P01", "28000" ->
                    new CliException(
                            ExitCode.REFUSED,
                            "The database at "
                                    + where
                                    + " does not let the user '"
                                    + address.user()
                                    + "' in: "
                                    + e.getMessage()
                                    + ". Check --database-user and the password"
                                    + " (FREELIMS_SYNC_DATABASE_PASSWORD).",
                            e);
            case "3D000" ->
                    new CliException(
                            ExitCode.FAILED,
                            "There is no such database: "
                                    + where
                                    + ". Create it (createdb), or correct"
                                    + " --database-url.",
                            e);
            case "08001", "08004", "08006" ->
                    new CliException(
                            ExitCode.UNREACHABLE,
                            "The database at "
                                    + where
                                    + " does not answer: "
                                    + e.getMessage()
                                    + " Check that it runs, that host and port are right, and that"
                                    + " no firewall is in between.",
                            e);
            case "53300" ->
                    new CliException(
                            ExitCode.UNREACHABLE,
                            "The database at "
                                    + where
                                    + " has no connection left. Raise its max_connections, or"
                                    + " close some.",
                            e);
            case "57P03" ->
                    new CliException(
                            ExitCode.UNREACHABLE,
                            "The database at "
                                    + where
                                    + " is just starting or stopping. Try again shortly.",
                            e);
            default ->
                    new CliException(
                            ExitCode.FAILED,
                            "The database at " + where + " can't be used: " + e.getMessage(),
                            e);
        };
    }

    /** A missing right is the caller's to get; the rest is the database's. */
    static ExitCode exitCode(DatabaseSetupException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && "42501".equals(sql.getSQLState())) {
                return ExitCode.REFUSED;
            }
        }
        return ExitCode.FAILED;
    }
}
