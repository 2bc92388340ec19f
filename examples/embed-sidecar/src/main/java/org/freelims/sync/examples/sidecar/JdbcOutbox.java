package org.freelims.sync.examples.sidecar;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import javax.sql.DataSource;
import org.freelims.sync.protocol.Action;

/** An outbox in a table {@code sync_outbox}, in SQL that MySQL 8, MariaDB and H2 understand. */
record JdbcOutbox(DataSource source) implements Outbox {
    @Override
    public List<Entry> read(int limit) throws SQLException {
        try (Connection connection = source.getConnection();
                PreparedStatement select =
                        connection.prepareStatement(
                                "SELECT id, resource, record_id, action, data, before_data FROM"
                                        + " sync_outbox ORDER BY id LIMIT ?")) {
            select.setInt(1, limit);
            List<Entry> entries = new ArrayList<>();
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    entries.add(
                            new Entry(
                                    rows.getLong(1),
                                    rows.getString(2),
                                    rows.getString(3),
                                    Action.valueOf(rows.getString(4).toUpperCase(Locale.ROOT)),
                                    rows.getString(5),
                                    rows.getString(6)));
                }
            }
            return entries;
        }
    }

    @Override
    public void remove(List<Long> numbers) throws SQLException {
        String places = String.join(", ", Collections.nCopies(numbers.size(), "?"));
        try (Connection connection = source.getConnection();
                PreparedStatement delete =
                        connection.prepareStatement(
                                "DELETE FROM sync_outbox WHERE id IN (" + places + ")")) {
            int n = 0;
            for (long number : numbers) {
                delete.setLong(++n, number);
            }
            delete.executeUpdate();
        }
    }
}
