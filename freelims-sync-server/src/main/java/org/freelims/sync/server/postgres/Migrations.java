package org.freelims.sync.server.postgres;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;

/**
 * A named, numbered set of SQL scripts and the way to bring a database up to the newest.
 *
 * <p>What was applied is kept in the table {@code migration} of one schema, with each script's
 * SHA-256; several sets can share it. All that is missing is applied in one transaction under an
 * advisory lock, so that any number of processes may start at once, and a script that fails leaves
 * nothing behind. A database that is up to date is only read: then no right to create anything is
 * needed. Scripts run with the connection's own {@code search_path} and may stand beside any tables
 * of an application. Immutable and thread-safe.
 */
public final class Migrations {
    /** The oldest PostgreSQL that will do, as {@code server_version_num} has it. */
    private static final int OLDEST_SERVER = 130_000;

    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(60);

    private final String schema;
    private final String name;
    private final List<SqlScript> scripts;

    private Migrations(String schema, String name, List<SqlScript> scripts) {
        this.schema = requireNonNull(schema, "schema");
        this.name = requireNonNull(name, "name");
        this.scripts = scripts;
    }

    /**
     * Returns a set of scripts.
     *
     * @param schema where the record of what was applied is kept; created if it is not there
     * @param name tells the set from others in the same schema
     * @param beside the class whose resources the scripts are
     * @param resources as {@link Class#getResourceAsStream} takes them, named {@code
     *     001-title.sql}, {@code 002-title.sql} and so on without a gap; once released, a script
     *     never changes
     * @throws IllegalArgumentException if one is not there, or they are not numbered so
     */
    public static Migrations of(
            String schema, String name, Class<?> beside, List<String> resources) {
        List<SqlScript> scripts = new ArrayList<>();
        for (String resource : resources) {
            SqlScript script = SqlScript.read(beside, resource);
            if (script.version() != scripts.size() + 1) {
                throw new IllegalArgumentException(
                        "'%s' stands where number %d belongs"
                                .formatted(resource, scripts.size() + 1));
            }
            scripts.add(script);
        }
        return new Migrations(schema, name, List.copyOf(scripts));
    }

    /**
     * Applies what is missing, on a connection of its own.
     *
     * @return the titles of what was applied now, oldest first
     * @throws DatabaseSetupException as {@link #migrate(Connection)} does, and if no connection can
     *     be had
     */
    public List<String> migrate(DataSource dataSource) {
        try (Connection connection = dataSource.getConnection()) {
            return migrate(connection);
        } catch (SQLException e) {
            throw new DatabaseSetupException(
                    "No connection to the database: %s. Check its address, that it runs, and the"
                                    .formatted(Sql.reason(e))
                            + " user name and password.",
                    e);
        }
    }

    /**
     * Applies what is missing, in one transaction of its own.
     *
     * @param connection one with no transaction open; its auto-commit setting is restored
     * @return the titles of what was applied now, oldest first
     * @throws DatabaseSetupException if PostgreSQL is older than 13, a right is missing, an applied
     *     script differs from ours or is not known to us, or a script fails; nothing was changed
     *     then
     */
    public List<String> migrate(Connection connection) {
        try {
            boolean autoCommit = connection.getAutoCommit();
            connection.setAutoCommit(false);
            try {
                List<String> done = migrateInTransaction(connection);
                connection.commit();
                return done;
            } catch (SQLException | RuntimeException e) {
                rollback(connection, e);
                throw e;
            } finally {
                if (!connection.isClosed()) {
                    connection.setAutoCommit(autoCommit);
                }
            }
        } catch (SQLException e) {
            throw new DatabaseSetupException(
                    "The database could not be prepared for '%s': %s"
                            .formatted(name, Sql.reason(e)),
                    e);
        }
    }

    private static void rollback(Connection connection, Exception failure) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    private List<String> migrateInTransaction(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            // what another process applied while we waited for the lock must be seen
            statement.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
        }
        requireVersion(connection);
        if (hasHistory(connection) && missing(connection).isEmpty()) {
            return List.of();
        }
        requireWritable(connection);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET LOCAL lock_timeout = '" + LOCK_TIMEOUT.toMillis() + "ms'");
        }
        lock(connection);
        if (!hasHistory(connection)) {
            createHistory(connection);
        }
        List<String> done = new ArrayList<>();
        for (SqlScript script : missing(connection)) {
            apply(connection, script);
            done.add(script.title());
        }
        return done;
    }

    private static void requireVersion(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT current_setting('server_version_num')::int,"
                                        + " current_setting('server_version')")) {
            row.next();
            if (row.getInt(1) < OLDEST_SERVER) {
                throw new DatabaseSetupException(
                        "This is PostgreSQL %s, but 13 or newer is needed. Upgrade the database"
                                        .formatted(row.getString(2))
                                + " server, or use another one.");
            }
        }
    }

    private static void requireWritable(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_is_in_recovery()")) {
            row.next();
            if (row.getBoolean(1)) {
                throw new DatabaseSetupException(
                        "This database is a read-only standby. Use the address of the primary.");
            }
        }
    }

    private void lock(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))")) {
            statement.setString(1, "migrations of schema " + schema);
            statement.execute();
        } catch (SQLException e) {
            if ("55P03".equals(e.getSQLState())) {
                throw new DatabaseSetupException(
                        "Another process has been changing the schema %s for %d s. Wait for it to"
                                        .formatted(Sql.quoted(schema), LOCK_TIMEOUT.toSeconds())
                                + " end, or end it, then start again.",
                        e);
            }
            throw e;
        }
    }

    private boolean hasHistory(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT has_schema_privilege(n.oid, 'USAGE')"
                                + " AND has_table_privilege(c.oid, 'SELECT'), current_user"
                                + " FROM pg_catalog.pg_class c"
                                + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                                + " WHERE n.nspname = ? AND c.relname = 'migration'")) {
            statement.setString(1, schema);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return false;
                }
                if (!row.getBoolean(1)) {
                    throw new DatabaseSetupException(
                            "Role %s may not use the schema %s, which another role set up. Connect"
                                            .formatted(
                                                    Sql.quoted(row.getString(2)),
                                                    Sql.quoted(schema))
                                    + " as that role, or make this one a member of it with GRANT.");
                }
                return true;
            }
        }
    }

    private void createHistory(Connection connection) throws SQLException {
        requireCreateRight(connection);
        try (Statement statement = connection.createStatement()) {
            String in = Sql.quoted(schema);
            statement.execute("CREATE SCHEMA IF NOT EXISTS " + in);
            statement.execute(
                    "CREATE TABLE "
                            + in
                            + ".migration (name text NOT NULL, version int NOT NULL,"
                            + " title text NOT NULL, sha256 text NOT NULL,"
                            + " applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),"
                            + " applied_by text NOT NULL DEFAULT current_user,"
                            + " PRIMARY KEY (name, version))");
        }
    }

    private void requireCreateRight(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT current_user, current_database(), n.oid IS NOT NULL,"
                                + " CASE WHEN n.oid IS NULL"
                                + " THEN has_database_privilege(current_database(), 'CREATE')"
                                + " ELSE has_schema_privilege(n.oid, 'CREATE, USAGE') END"
                                + " FROM (SELECT 1) one LEFT JOIN pg_catalog.pg_namespace n"
                                + " ON n.nspname = ?")) {
            statement.setString(1, schema);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                if (row.getBoolean(4)) {
                    return;
                }
                String role = Sql.quoted(row.getString(1));
                String database = Sql.quoted(row.getString(2));
                String ours = Sql.quoted(schema);
                throw new DatabaseSetupException(
                        row.getBoolean(3)
                                ? ("Role %s may not create tables in the schema %s. Let its owner"
                                                + " run: GRANT USAGE, CREATE ON SCHEMA %s TO %s;")
                                        .formatted(role, ours, ours, role)
                                : ("Role %s may not create the schema %s in the database %s. Let"
                                       + " the database's owner run: CREATE SCHEMA %s AUTHORIZATION"
                                       + " %s; (or: GRANT CREATE ON DATABASE %s TO %s;)")
                                        .formatted(
                                                role, ours, database, ours, role, database, role));
            }
        }
    }

    /** Returns the scripts still to apply, having checked those that were. */
    private List<SqlScript> missing(Connection connection) throws SQLException {
        Map<Integer, String> applied = new TreeMap<>();
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT version, title, sha256 FROM %s.migration WHERE name = ?"
                                .formatted(Sql.quoted(schema)))) {
            statement.setString(1, name);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    check(rows.getInt(1), rows.getString(2), rows.getString(3));
                    applied.put(rows.getInt(1), rows.getString(2));
                }
            }
        }
        return scripts.stream().filter(s -> !applied.containsKey(s.version())).toList();
    }

    private void check(int version, String title, String checksum) {
        if (version > scripts.size()) {
            throw new DatabaseSetupException(
                    ("The schema %s is newer than this program: '%s' is at version %d (%s), this"
                                    + " program knows versions up to %d. Run the newer program that"
                                    + " wrote it.")
                            .formatted(Sql.quoted(schema), name, version, title, scripts.size()));
        }
        SqlScript ours = scripts.get(version - 1);
        if (!ours.checksum().equals(checksum)) {
            throw new DatabaseSetupException(
                    ("Migration %d of '%s' (%s) in the schema %s was applied with another text than"
                         + " this program has. Nothing was changed. Run the program version that"
                         + " applied it, or restore that script: applied migrations must not be"
                         + " edited.")
                            .formatted(version, name, title, Sql.quoted(schema)));
        }
    }

    private void apply(Connection connection, SqlScript script) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(script.sql());
        } catch (SQLException e) {
            String advice =
                    Sql.NO_RIGHT.equals(e.getSQLState())
                            ? " Give the role that right, or connect as one that has it."
                            : "";
            throw new DatabaseSetupException(
                    "Migration %s of '%s' failed and nothing was changed: %s.%s"
                            .formatted(script.title(), name, Sql.reason(e), advice),
                    e);
        }
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO %s.migration (name, version, title, sha256) VALUES (?,?,?,?)"
                                .formatted(Sql.quoted(schema)))) {
            statement.setString(1, name);
            statement.setInt(2, script.version());
            statement.setString(3, script.title());
            statement.setString(4, script.checksum());
            statement.executeUpdate();
        }
    }
}
