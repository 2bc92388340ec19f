package org.freelims.sync.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.freelims.sync.server.embedded.EmbeddedPostgres;
import org.freelims.sync.server.embedded.EmbeddedPostgresException;
import org.freelims.sync.server.embedded.FastPostgres;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * One PostgreSQL for all tests of this JVM, started by the first test that asks and gone with the
 * JVM, and as many empty databases in it as tests want. Thread-safe.
 *
 * <pre>{@code
 * private final PostgresForTests.Database database = PostgresForTests.freshDatabase();
 * }</pre>
 *
 * <p>A JVM that was killed leaves its PostgreSQL behind; the next one that uses this class clears
 * it away.
 */
public final class PostgresForTests {
    private static final String PREFIX = "freelims-sync-test-postgres-";
    private static final Pattern OWNED = Pattern.compile(PREFIX + "([0-9]{1,18})-.*");
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private PostgresForTests() {}

    /** A database nobody else uses; {@code url} is without user and password. */
    public record Database(String name, String url, String user, String password) {

        /** Opens one connection, yours to close. */
        public Connection connect() {
            try {
                return DriverManager.getConnection(url, user, password);
            } catch (SQLException e) {
                throw new IllegalStateException("cannot connect to " + url, e);
            }
        }

        /** A source of connections, without a pool. */
        public DataSource dataSource() {
            var source = new PGSimpleDataSource();
            source.setUrl(url);
            source.setUser(user);
            source.setPassword(password);
            return source;
        }

        /**
         * Runs statements, separated by semicolons, in a connection and a transaction of their own.
         */
        public void execute(String sql) {
            try (var connection = connect();
                    var statement = connection.createStatement()) {
                statement.execute(sql);
            } catch (SQLException e) {
                throw new IllegalStateException("failed: " + sql, e);
            }
        }
    }

    /** Creates an empty database in this JVM's PostgreSQL. */
    public static Database freshDatabase() {
        EmbeddedPostgres postgres = postgres();
        String name = "t" + NUMBER.incrementAndGet();
        var admin =
                new Database(
                        "postgres",
                        postgres.jdbcUrl("postgres"),
                        postgres.user(),
                        postgres.password());
        admin.execute("CREATE DATABASE " + name);
        return new Database(name, postgres.jdbcUrl(name), postgres.user(), postgres.password());
    }

    /** This JVM's PostgreSQL; never close it. */
    public static EmbeddedPostgres postgres() {
        return Holder.POSTGRES;
    }

    private static final class Holder {
        static final EmbeddedPostgres POSTGRES = start();
    }

    private static EmbeddedPostgres start() {
        try {
            clearLeftovers();
            Path directory =
                    Files.createTempDirectory(PREFIX + ProcessHandle.current().pid() + "-");
            EmbeddedPostgres postgres = FastPostgres.start(directory);
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(() -> discard(postgres), "test-postgres-stop"));
            return postgres;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What JVMs that are no more left behind; the directory's name says whose it was. */
    private static void clearLeftovers() throws IOException {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        try (var leftovers = Files.newDirectoryStream(temporary, PREFIX + "*")) {
            for (Path leftover : leftovers) {
                if (isNobodys(leftover)) {
                    clear(leftover);
                }
            }
        }
    }

    static boolean isNobodys(Path directory) {
        Matcher name = OWNED.matcher(directory.getFileName().toString());
        return name.matches()
                && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()
                && Files.isWritable(directory);
    }

    private static void clear(Path leftover) throws IOException {
        try {
            if (Files.exists(leftover.resolve("postgresql/PG_VERSION"))) {
                // takes over the orphan, if its PostgreSQL still runs
                FastPostgres.abandon(FastPostgres.start(leftover));
            }
            FastPostgres.delete(leftover);
        } catch (EmbeddedPostgresException | UncheckedIOException e) {
            System.getLogger(PostgresForTests.class.getName())
                    .log(System.Logger.Level.DEBUG, leftover + " is left alone", e);
        }
    }

    private static void discard(EmbeddedPostgres postgres) {
        FastPostgres.abandon(postgres);
        try {
            FastPostgres.delete(postgres.dataDir());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
