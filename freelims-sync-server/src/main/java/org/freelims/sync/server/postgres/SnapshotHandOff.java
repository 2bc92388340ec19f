package org.freelims.sync.server.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.freelims.sync.log.SnapshotSource;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;

/** Brings what one database snapshot saw to a place in the log. Thread-safe. */
final class SnapshotHandOff {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(50);

    private final Connections connections;
    private final Runnable poke;

    /**
     * @param poke makes the relay look
     */
    SnapshotHandOff(Connections connections, Runnable poke) {
        this.connections = connections;
        this.poke = poke;
    }

    /** A database snapshot, and the head of the log that it saw. */
    record Seen(String snapshot, String epoch, long head) {}

    /** Returns what this transaction sees. */
    static Seen seen(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                        connection.prepareStatement(
                                "SELECT pg_current_snapshot()::text, epoch, off"
                                        + " FROM freelims_sync.head");
                ResultSet row = statement.executeQuery()) {
            row.next();
            return new Seen(row.getString(1), row.getString(2), row.getLong(3));
        }
    }

    /**
     * Waits until all that was seen is logged, and returns what else was logged until then.
     *
     * @throws SyncException {@link ErrorCode#UNAVAILABLE} if the relay does not get there in 20 s
     */
    Fold complete(Seen seen, List<String> resources) {
        Position head = awaitHead(seen);
        return connections.with(connection -> fold(connection, seen, head, resources));
    }

    /**
     * Waits until all that was seen is logged, and returns the head then.
     *
     * @throws SyncException {@link ErrorCode#UNAVAILABLE} if the relay does not get there in 20 s
     */
    Position awaitHead(Seen seen) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        long pauseMs = FIRST_PAUSE.toMillis();
        while (System.nanoTime() < deadline) {
            poke.run();
            Optional<Position> head = connections.with(connection -> head(connection, seen));
            if (head.isPresent()) {
                return head.get();
            }
            try {
                Thread.sleep(pauseMs);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new SyncException(ErrorCode.UNAVAILABLE, "The server is going down.", e);
            }
            pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE.toMillis());
        }
        throw new SyncException(
                ErrorCode.UNAVAILABLE,
                "The relay is behind, so no snapshot can be given now. Try again soon.");
    }

    /** Returns the head, if nothing that was seen is still in the outbox. */
    private static Optional<Position> head(Connection connection, Seen seen) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT epoch, off, hash, EXISTS (SELECT 1 FROM freelims_sync.outbox o"
                                + " WHERE o.seq > h.low"
                                + " AND pg_visible_in_snapshot(o.tx, ?::pg_snapshot))"
                                + " FROM freelims_sync.head h")) {
            statement.setString(1, seen.snapshot());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                if (!row.getString(1).equals(seen.epoch())) {
                    throw new SyncException(
                            ErrorCode.UNAVAILABLE,
                            "Another history began while the snapshot was taken. Try again.");
                }
                return row.getBoolean(4)
                        ? Optional.empty()
                        : Optional.of(
                                PostgresChangeLog.position(
                                        row.getString(1), row.getLong(2), row.getBytes(3)));
            }
        }
    }

    private static Fold fold(
            Connection connection, Seen seen, Position head, List<String> resources)
            throws SQLException {
        Fold fold = new Fold(head);
        long changes = 0;
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT resource, id, action, data, pg_visible_in_snapshot(tx,"
                                + " ?::pg_snapshot) FROM freelims_sync.log"
                                + " WHERE off > ? AND off <= ? ORDER BY off")) {
            statement.setString(1, seen.snapshot());
            statement.setLong(2, seen.head());
            statement.setLong(3, head.offset());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    changes++;
                    if (!rows.getBoolean(5) && resources.contains(rows.getString(1))) {
                        fold.add(
                                rows.getString(1),
                                rows.getString(2),
                                Action.ofWire(rows.getString(3)),
                                rows.getString(4));
                    }
                }
            }
        }
        if (changes != head.offset() - seen.head()) {
            throw new SyncException(
                    ErrorCode.UNAVAILABLE,
                    "Changes expired while the snapshot was taken. Try again, and keep them"
                            + " longer.");
        }
        return fold;
    }

    /** What became of records after the database snapshot. Confined to one thread at a time. */
    static final class Fold implements SpooledSnapshot.Overlay {
        private final Position position;
        private final Set<String> cleared = new HashSet<>();
        private final Map<String, Map<String, Optional<String>>> changed = new HashMap<>();

        Fold(Position position) {
            this.position = position;
        }

        Position position() {
            return position;
        }

        private void add(String resource, String id, Action action, String data) {
            Map<String, Optional<String>> records =
                    changed.computeIfAbsent(resource, r -> new LinkedHashMap<>());
            switch (action) {
                case CREATE, UPDATE -> records.put(id, Optional.of(data));
                case DELETE -> records.put(id, Optional.empty());
                case TRUNCATE -> {
                    records.clear();
                    cleared.add(resource);
                }
            }
        }

        /** Forgets all records but this one. */
        void only(String id) {
            changed.values().forEach(records -> records.keySet().retainAll(Set.of(id)));
        }

        @Override
        public boolean hides(String resource, String id) {
            return cleared.contains(resource)
                    || changed.getOrDefault(resource, Map.of()).containsKey(id);
        }

        @Override
        public List<SnapshotSource.Row> rows(String resource) {
            List<SnapshotSource.Row> rows = new ArrayList<>();
            changed.getOrDefault(resource, Map.of())
                    .forEach(
                            (id, data) ->
                                    data.ifPresent(
                                            d ->
                                                    rows.add(
                                                            new SnapshotSource.Row(
                                                                    resource, id, d))));
            return rows;
        }
    }
}
