package org.freelims.sync.server.postgres;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.freelims.sync.log.Change;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;
import org.jspecify.annotations.Nullable;

/**
 * The log in PostgreSQL. A position's mark is the first 8 hex digits of the entry's hash.
 *
 * <p>It outlives its connections and PostgreSQL's restarts: what is asked meanwhile fails with
 * {@link ErrorCode#UNAVAILABLE}, and listeners are called once it is back. Thread-safe.
 */
public final class PostgresChangeLog implements ChangeLog {
    private static final int MARK_BYTES = 4;

    /** About as much as one page is to hold, however large single rows are. */
    private static final int PAGE_BYTES = 8 << 20;

    /* Two statements in one round trip. The first tells whether the position is good; the second's
     * snapshot may be newer, which shows: offsets are dense, so entries that expired in between leave
     * a gap behind the position. */
    private static final String READ =
            "SELECT h.epoch, h.off, f.off, CASE WHEN p.off = f.off THEN f.hash ELSE (SELECT l.hash"
                + " FROM freelims_sync.log l WHERE l.off = p.off) END FROM freelims_sync.head h,"
                + " freelims_sync.floor f, (SELECT ?::bigint AS off) p; SELECT off, tx::text,"
                + " tx_last, resource, id, action, data, before, at, actor, reason, hash FROM"
                + " freelims_sync.log WHERE off > ? AND off <= ? AND (off = ? OR bytes <= ? +"
                + " coalesce((SELECT bytes FROM freelims_sync.log WHERE off = ?), (SELECT bytes"
                + " FROM freelims_sync.floor))) ORDER BY off";

    private final Connections connections;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final AtomicLong announced = new AtomicLong(-1);

    PostgresChangeLog(Connections connections) {
        this.connections = connections;
    }

    @Override
    public Position head() {
        return position("SELECT epoch, off, hash FROM freelims_sync.head");
    }

    @Override
    public Position oldest() {
        return position(
                "SELECT h.epoch, f.off, f.hash FROM freelims_sync.head h, freelims_sync.floor f");
    }

    private Position position(String sql) {
        return connections.with(
                connection -> {
                    try (PreparedStatement statement = connection.prepareStatement(sql);
                            ResultSet row = statement.executeQuery()) {
                        row.next();
                        return position(row.getString(1), row.getLong(2), row.getBytes(3));
                    }
                });
    }

    static Position position(String epoch, long offset, byte[] hash) {
        return offset == 0
                ? Position.of(epoch, 0)
                : new Position(epoch, offset, HexFormat.of().formatHex(hash, 0, MARK_BYTES));
    }

    @Override
    public List<Change> readAfter(Position position, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit must be >= 1 but was " + limit);
        }
        return connections.with(connection -> readAfter(connection, position, limit));
    }

    private static List<Change> readAfter(Connection connection, Position position, int limit)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(READ)) {
            long after = position.offset();
            statement.setLong(1, after);
            statement.setLong(2, after);
            statement.setLong(3, after > Long.MAX_VALUE - limit ? Long.MAX_VALUE : after + limit);
            statement.setLong(4, after == Long.MAX_VALUE ? after : after + 1);
            statement.setLong(5, PAGE_BYTES);
            statement.setLong(6, after);
            statement.execute();
            try (ResultSet state = statement.getResultSet()) {
                state.next();
                check(position, state);
            }
            statement.getMoreResults();
            try (ResultSet rows = statement.getResultSet()) {
                return changes(position, rows);
            }
        }
    }

    private static void check(Position position, ResultSet state) throws SQLException {
        if (!position.epoch().equals(state.getString(1))) {
            throw lost("it belongs to another history of the data");
        }
        if (position.offset() > state.getLong(2)) {
            throw lost("it lies ahead of the log");
        }
        if (position.offset() < state.getLong(3)) {
            throw lost("changes after it are no longer kept");
        }
        byte @Nullable [] hash = state.getBytes(4);
        if (!position.mark().isEmpty()
                && (hash == null
                        || !position.equals(position(position.epoch(), position.offset(), hash)))) {
            throw lost("it names another change at the same place");
        }
    }

    private static List<Change> changes(Position after, ResultSet rows) throws SQLException {
        List<Change> changes = new ArrayList<>();
        long offset = after.offset();
        while (rows.next()) {
            if (rows.getLong(1) != ++offset) {
                throw lost("changes after it are no longer kept");
            }
            changes.add(
                    new Change(
                            position(after.epoch(), offset, rows.getBytes(12)),
                            rows.getString(2),
                            rows.getBoolean(3),
                            rows.getString(4),
                            rows.getString(5),
                            Action.ofWire(rows.getString(6)),
                            rows.getString(7),
                            rows.getString(8),
                            rows.getObject(9, OffsetDateTime.class).toInstant(),
                            Optional.ofNullable(rows.getString(10)),
                            Optional.ofNullable(rows.getString(11))));
        }
        return changes;
    }

    private static SyncException lost(String why) {
        return new SyncException(
                ErrorCode.POSITION_LOST, "This position can't be resumed from: " + why + ".");
    }

    @Override
    public Registration onAppend(Runnable listener) {
        requireNonNull(listener, "listener");
        // one wrapper a call, so that closing one registration never ends another of the same
        // listener; and never two calls at once, though relay and notifications are two threads
        Runnable one =
                new Runnable() {
                    @Override
                    public synchronized void run() {
                        listener.run();
                    }
                };
        listeners.add(one);
        return () -> listeners.remove(one);
    }

    /** Calls the listeners if this offset is news. */
    void headSeen(long offset) {
        if (announced.getAndSet(offset) != offset) {
            announce();
        }
    }

    void announce() {
        listeners.forEach(Runnable::run);
    }

    @Override
    public void close() {
        listeners.clear();
    }
}
