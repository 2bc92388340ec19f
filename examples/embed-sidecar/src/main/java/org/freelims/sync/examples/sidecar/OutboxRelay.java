package org.freelims.sync.examples.sidecar;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.freelims.sync.server.postgres.Publication;
import org.freelims.sync.server.postgres.Publisher;

/*
 * Each entry is told once, wherever this is interrupted, though two databases have no transaction in common:
 *
 *  1. in one transaction of PostgreSQL: note the entries' numbers in sidecar_relayed, and publish those that were new there;
 *  2. remove the entries from the outbox;
 *  3. forget the numbers.
 *
 * Interrupted after 1, the entries are read again, and not new. Interrupted after 2, some numbers are noted for nothing,
 * and the next run forgets them when the outbox has no entry of theirs. All of it happens under an advisory lock that the
 * connection holds, so only one sidecar relays at a time, and one that lost its connection can no longer forget.
 *
 * It reads what is there, not what is after the last number: numbers are given before the commit, so a lower one can
 * appear later. Of one record the order holds, since its row was locked while the entry was written.
 */
/** Moves an outbox's entries into the change log. One call at a time. */
final class OutboxRelay {
    private static final long LOCK = 0x5349_4445_4341_52L;
    private static final int BATCH = 500;

    private final Outbox outbox;
    private final DataSource postgres;
    private final Publisher publisher;

    OutboxRelay(Outbox outbox, DataSource postgres, Publisher publisher) throws SQLException {
        this.outbox = outbox;
        this.postgres = postgres;
        this.publisher = publisher;
        try (Connection connection = postgres.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE IF NOT EXISTS sidecar_relayed (number bigint PRIMARY KEY)");
        }
    }

    /** Relays a batch; returns how many entries there were. */
    int relay() throws SQLException {
        try (Connection connection = postgres.getConnection()) {
            if (!lock(connection)) {
                return 0;
            }
            try {
                return relay(connection);
            } finally {
                unlock(connection);
            }
        }
    }

    private int relay(Connection connection) throws SQLException {
        List<Outbox.Entry> entries = outbox.read(BATCH);
        List<Long> numbers = entries.stream().map(Outbox.Entry::number).toList();
        if (!entries.isEmpty()) {
            publish(connection, entries, numbers);
            outbox.remove(numbers);
        }
        forgetAllBut(connection, outbox.read(BATCH));
        return entries.size();
    }

    private void publish(Connection connection, List<Outbox.Entry> entries, List<Long> numbers)
            throws SQLException {
        connection.setAutoCommit(false);
        try {
            Set<Long> fresh = note(connection, numbers);
            Publication publication = publisher.collect(connection);
            for (Outbox.Entry entry : entries) {
                if (fresh.contains(entry.number())) {
                    publication.add(
                            entry.resource(),
                            entry.id(),
                            entry.action(),
                            entry.data(),
                            entry.before());
                }
            }
            publication.flush();
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
        publisher.committed();
    }

    /** Returns those that were not noted before. */
    private static Set<Long> note(Connection connection, List<Long> numbers) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "INSERT INTO sidecar_relayed SELECT unnest(?) ON CONFLICT DO NOTHING"
                                + " RETURNING number")) {
            insert.setArray(1, array(connection, numbers));
            Set<Long> fresh = new HashSet<>();
            try (ResultSet rows = insert.executeQuery()) {
                while (rows.next()) {
                    fresh.add(rows.getLong(1));
                }
            }
            return fresh;
        }
    }

    private static void forgetAllBut(Connection connection, List<Outbox.Entry> left)
            throws SQLException {
        if (left.size() == BATCH) {
            return; // the outbox may have more than was seen
        }
        try (PreparedStatement delete =
                connection.prepareStatement(
                        "DELETE FROM sidecar_relayed WHERE number <> ALL (?)")) {
            delete.setArray(1, array(connection, left.stream().map(Outbox.Entry::number).toList()));
            delete.executeUpdate();
        }
    }

    private static Array array(Connection connection, List<Long> numbers) throws SQLException {
        return connection.createArrayOf("bigint", numbers.toArray());
    }

    private static boolean lock(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT pg_try_advisory_lock(" + LOCK + ")")) {
            return row.next() && row.getBoolean(1);
        }
    }

    private static void unlock(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_advisory_unlock(" + LOCK + ")");
        }
    }
}
