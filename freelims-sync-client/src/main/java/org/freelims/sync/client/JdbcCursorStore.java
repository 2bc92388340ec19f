package org.freelims.sync.client;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;

/**
 * Positions in a table of the application's database. Thread-safe; one program at a time may use a
 * name.
 *
 * <p>Used as it is, it promises what every {@link CursorStore} does: each change is handled at
 * least once. For exactly once the handler saves the position itself, in the transaction that
 * handles the change, so that both are there after a crash or neither is:
 *
 * <pre>{@code
 * JdbcCursorStore cursors = new JdbcCursorStore(database);
 * SyncClient client = SyncClient.builder().uri(server).cursorStore(cursors.savedByHandler()).build();
 * client.subscribe("inventory", StartFrom.snapshot(), notification -> {
 *     try (Connection connection = database.getConnection()) {
 *         connection.setAutoCommit(false);
 *         if (cursors.save(connection, "inventory", notification.position())) {
 *             // write what the change means, on the same connection
 *             connection.commit();
 *         }
 *     }
 * });
 * }</pre>
 */
public final class JdbcCursorStore implements CursorStore {
    /** The table's name unless another is given. */
    public static final String TABLE = "freelims_sync_cursors";

    private static final Pattern NAME =
            Pattern.compile("[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)?");

    private final DataSource source;
    private final String table;

    /** Makes a store in the table {@link #TABLE}, which {@link #createTable} makes. */
    public JdbcCursorStore(DataSource source) {
        this(source, TABLE);
    }

    /**
     * Makes a store in a table with the columns {@code name} and {@code position}, both text.
     *
     * @param table its name as SQL has it, with a schema or without
     * @throws IllegalArgumentException if that is no plain name
     */
    public JdbcCursorStore(DataSource source, String table) {
        this.source = requireNonNull(source, "source");
        this.table = table;
        if (!NAME.matcher(table).matches()) {
            throw new IllegalArgumentException("'" + table + "' is no plain name of a table");
        }
    }

    /**
     * Makes the table if it is not there, in words that PostgreSQL, MySQL, MariaDB, SQLite and H2
     * know; for others make it yourself.
     *
     * @throws IllegalStateException if the database refuses
     */
    public void createTable() {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE IF NOT EXISTS "
                            + table
                            + " (name varchar(500) NOT NULL PRIMARY KEY, position varchar(200) NOT"
                            + " NULL)");
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
        } catch (SQLException e) {
            throw failed("make the table " + table, e);
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if the database does not answer, or what it has is no position
     */
    @Override
    public Optional<Position> load(String name) {
        try (Connection connection = source.getConnection()) {
            Optional<Position> saved = read(connection, name);
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
            return saved;
        } catch (SQLException e) {
            throw failed("read the position of " + name, e);
        }
    }

    private Optional<Position> read(Connection connection, String name) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT position FROM " + table + " WHERE name = ?")) {
            select.setString(1, name);
            try (ResultSet rows = select.executeQuery()) {
                return rows.next()
                        ? Optional.of(Position.parse(rows.getString(1)))
                        : Optional.empty();
            }
        } catch (SyncException e) {
            throw new IllegalStateException(
                    "What "
                            + table
                            + " has for "
                            + name
                            + " is no position. Delete the row to start anew.",
                    e);
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if the database does not answer
     */
    @Override
    public void save(String name, Position position) {
        try (Connection connection = source.getConnection()) {
            boolean alone = connection.getAutoCommit();
            connection.setAutoCommit(false);
            try {
                save(connection, name, position);
                connection.commit();
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            } finally {
                connection.setAutoCommit(alone);
            }
        } catch (SQLException e) {
            throw failed("save the position of " + name, e);
        }
    }

    /**
     * Saves a position in a transaction of the caller's, who commits it, or rolls it back, together
     * with what the change means to the application.
     *
     * @param name the subscription's canonical expression, or its {@linkplain
     *     SubscriptionOptions#cursor name}
     * @return false if this very position is saved already: the change was handled, only the answer
     *     to the commit was lost, and there is nothing to do
     * @throws IllegalStateException if somebody else saves under this name at the same time
     * @throws SQLException if the database says so; roll back then
     */
    public boolean save(Connection connection, String name, Position position) throws SQLException {
        Optional<Position> before = read(connection, name);
        if (before.isPresent() && before.get().equals(position)) {
            return false;
        }
        String sql =
                before.isPresent()
                        ? "UPDATE " + table + " SET position = ? WHERE name = ? AND position = ?"
                        : "INSERT INTO " + table + " (position, name) VALUES (?, ?)";
        try (PreparedStatement write = connection.prepareStatement(sql)) {
            write.setString(1, position.toString());
            write.setString(2, name);
            if (before.isPresent()) {
                write.setString(3, before.get().toString());
            }
            if (write.executeUpdate() != 1) {
                throw new IllegalStateException(
                        "Somebody else saves positions under the name "
                                + name
                                + ". Give each program a name of its own.");
            }
        }
        return true;
    }

    /**
     * Returns a store for a client whose handlers save: it loads from the same table and leaves
     * saving to {@link #save(Connection, String, Position)}.
     */
    public CursorStore savedByHandler() {
        return new CursorStore() {
            @Override
            public Optional<Position> load(String name) {
                return JdbcCursorStore.this.load(name);
            }

            @Override
            public void save(String name, Position position) {
                // the handler has, or nothing of its own lay up to here
            }
        };
    }

    private static IllegalStateException failed(String what, SQLException e) {
        return new IllegalStateException("The database could not " + what + ".", e);
    }
}
