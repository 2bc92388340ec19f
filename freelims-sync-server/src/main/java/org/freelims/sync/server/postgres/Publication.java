package org.freelims.sync.server.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.Row;

/**
 * Changes of one transaction, kept until {@link #flush}. Confined to the transaction's thread.
 *
 * <p>Flush just before the commit, when all of the transaction's rows are written: that gives
 * changes of one record the order in which their transactions lock its row. What was never flushed
 * is never published.
 */
public final class Publication {
    private final Connection connection;
    private final List<String> resources = new ArrayList<>();
    private final List<String> ids = new ArrayList<>();
    private final List<String> actions = new ArrayList<>();
    private final List<String> datas = new ArrayList<>();
    private final List<String> befores = new ArrayList<>();

    Publication(Connection connection) {
        this.connection = connection;
    }

    /**
     * Adds one change.
     *
     * @param data as for {@link Publisher#publish(Connection, String, String, Action, String,
     *     String)}
     * @param before as there
     * @throws IllegalArgumentException as there
     */
    public Publication add(String resource, String id, Action action, String data, String before) {
        CaptureOptions.resource(resource);
        boolean truncate = action == Action.TRUNCATE;
        if (id.isEmpty() != truncate) {
            throw new IllegalArgumentException(
                    truncate ? "a truncate is of no single id" : "the record's id is empty");
        }
        if (id.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("an id can't hold the character NUL");
        }
        Row.parse(data);
        Row.parse(before);
        resources.add(resource);
        ids.add(id);
        actions.add(action.wire());
        datas.add(data);
        befores.add(before);
        return this;
    }

    /**
     * Writes what was added since the last flush, within the transaction.
     *
     * @throws IllegalStateException if the connection commits each statement by itself, or the
     *     database refuses; the transaction can then only be rolled back
     */
    public void flush() {
        if (resources.isEmpty()) {
            return;
        }
        try {
            if (connection.getAutoCommit()) {
                throw new IllegalStateException(
                        "publish within the transaction that writes the record: switch auto-commit"
                                + " off first");
            }
            try (PreparedStatement statement =
                    connection.prepareStatement("SELECT freelims_sync.publish(?, ?, ?, ?, ?)")) {
                int n = 0;
                for (List<String> column : List.of(resources, ids, actions, datas, befores)) {
                    statement.setArray(
                            ++n, connection.createArrayOf("text", column.toArray(new String[0])));
                }
                statement.execute();
            }
        } catch (SQLException e) {
            String advice =
                    Sql.NO_RIGHT.equals(e.getSQLState())
                            ? " (run: GRANT USAGE ON SCHEMA freelims_sync TO the application's"
                                    + " role)"
                            : "";
            throw new IllegalStateException(
                    "the change could not be published: " + Sql.reason(e) + advice, e);
        }
        for (List<String> column : List.of(resources, ids, actions, datas, befores)) {
            column.clear();
        }
    }
}
