package org.freelims.sync.server.postgres;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.freelims.sync.log.SnapshotSource;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/*
 * Why a snapshot is exact. The rows are read in one REPEATABLE READ transaction, together with its
 * pg_current_snapshot() S and the head H0 as S sees it. Everything logged up to H0 is visible in S,
 * for a transaction is logged only after it committed. Then we wait until no outbox row that is visible
 * in S is left, and take the head H. Between H0 and H lie changes that S sees, which the rows have
 * already, and changes that it doesn't, which are folded into the rows. On one record the former all
 * come before the latter: had one that S sees been made after one that it doesn't, S would see both.
 * So the rows are those of H, and H is a place in the log like any other.
 *
 * The tables are locked (ACCESS SHARE) before S is taken: TRUNCATE empties a table for older snapshots
 * too.
 */

/**
 * Snapshots of captured tables, exact to one change. Rows are read in one short transaction and put
 * aside, in memory up to 4 MiB and then in a file. Two are taken at a time. Thread-safe.
 */
public final class PostgresSnapshotSource implements SnapshotSource {
    private static final int MEMORY_BYTES = 4 << 20;
    private static final int FETCH_ROWS = 500;
    private static final int AT_ONCE = 2;
    private static final Duration TURN_TIMEOUT = Duration.ofSeconds(60);

    /** What a text that is no value of the key's type gives: class 22 is data exceptions. */
    private static final String NO_SUCH_VALUE = "22";

    private final DataSource source;
    private final Jdbi jdbi;
    private final SnapshotHandOff handOff;
    private final Path directory;
    private final Semaphore turns = new Semaphore(AT_ONCE, true);

    PostgresSnapshotSource(DataSource source, SnapshotHandOff handOff, Path directory) {
        this.source = source;
        this.jdbi = Jdbi.create(source);
        this.handOff = handOff;
        this.directory = directory;
    }

    @Override
    public Snapshot open(Collection<String> resources) {
        List<String> wanted = new ArrayList<>(new TreeSet<>(resources));
        return inTurn(
                () -> {
                    List<SnapshotQuery> queries = new ArrayList<>();
                    Map<String, Capture.Entry> entries = entries();
                    for (String resource : wanted) {
                        queries.add(SnapshotQuery.all(entry(entries, resource)));
                    }
                    return take(wanted, queries);
                });
    }

    @Override
    public Snapshot open(String resource, String id) {
        return inTurn(
                () ->
                        SnapshotQuery.one(entry(entries(), resource), id)
                                .map(query -> take(List.of(resource), List.of(query)).only(id))
                                .orElseGet(() -> take(List.of(resource), List.of())));
    }

    private interface Taking {
        Snapshot take();
    }

    private Snapshot inTurn(Taking taking) {
        try {
            if (!turns.tryAcquire(TURN_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new SyncException(
                        ErrorCode.UNAVAILABLE,
                        "Too many snapshots are being taken now. Try again soon.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SyncException(ErrorCode.UNAVAILABLE, "The server is going down.", e);
        }
        try {
            return taking.take();
        } finally {
            turns.release();
        }
    }

    private Map<String, Capture.Entry> entries() {
        try {
            return jdbi.withHandle(Capture::entries).stream()
                    .collect(Collectors.toMap(e -> e.installed().resource(), Function.identity()));
        } catch (JdbiException e) {
            throw new SyncException(
                    ErrorCode.UNAVAILABLE, "The database does not answer now. Try again soon.", e);
        }
    }

    private static Capture.Entry entry(Map<String, Capture.Entry> entries, String resource) {
        Capture.Entry entry = entries.get(resource);
        if (entry == null) {
            throw new SyncException(
                    ErrorCode.SNAPSHOT_UNAVAILABLE,
                    "There is no table behind '%s' to take a snapshot of. Subscribe from \"now\"."
                            .formatted(resource));
        }
        return entry;
    }

    private SpooledSnapshot take(List<String> resources, List<SnapshotQuery> queries) {
        Spool spool = new Spool(directory, MEMORY_BYTES);
        boolean done = false;
        try {
            SnapshotHandOff.Seen seen = read(resources, queries, spool);
            SnapshotHandOff.Fold fold = handOff.complete(seen, resources);
            done = true;
            return new SpooledSnapshot(resources, spool, fold);
        } finally {
            if (!done) {
                spool.close();
            }
        }
    }

    private SnapshotHandOff.Seen read(
            List<String> resources, List<SnapshotQuery> queries, Spool spool) {
        try (Connection connection = source.getConnection()) {
            boolean autoCommit = connection.getAutoCommit();
            connection.setAutoCommit(false);
            try {
                begin(connection, queries);
                SnapshotHandOff.Seen seen = SnapshotHandOff.seen(connection);
                for (SnapshotQuery query : queries) {
                    spool(connection, query, resources.indexOf(query.resource()), spool);
                }
                return seen;
            } finally {
                // only the rows were wanted
                connection.rollback();
                connection.setAutoCommit(autoCommit);
            }
        } catch (SQLException e) {
            if (Sql.isUnreachable(e)) {
                throw Connections.unavailable(e);
            }
            throw unreadable(e);
        }
    }

    private static SyncException unreadable(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return switch (state) {
            case "55P03" ->
                    new SyncException(
                            ErrorCode.UNAVAILABLE,
                            "A table is locked for a change of its structure. Try again soon.",
                            e);
            case Sql.NO_RIGHT ->
                    new SyncException(
                            ErrorCode.SNAPSHOT_UNAVAILABLE,
                            "The server may not read all rows of that table: its database role"
                                + " needs SELECT, and BYPASSRLS or ownership where row security is"
                                + " on.",
                            e);
            default ->
                    new SyncException(
                            ErrorCode.UNAVAILABLE,
                            "The rows could not be read now. Try again soon.",
                            e);
        };
    }

    private static void begin(Connection connection, List<SnapshotQuery> queries)
            throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
            for (String setting : CaptureFunction.SETTINGS) {
                statement.execute("SET LOCAL " + setting);
            }
            // rows that a policy hid would be missing without a word
            statement.execute("SET LOCAL row_security = off");
            statement.execute("SET LOCAL lock_timeout = '10s'");
            for (SnapshotQuery query : queries) {
                statement.execute("LOCK TABLE " + query.table() + " IN ACCESS SHARE MODE");
            }
        }
    }

    private static void spool(Connection connection, SnapshotQuery query, int table, Spool spool)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(query.sql())) {
            statement.setFetchSize(FETCH_ROWS);
            int n = 0;
            for (String parameter : query.parameters()) {
                statement.setString(++n, parameter);
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    spool.add(table, rows.getString(1), rows.getString(2));
                }
            } catch (SQLException e) {
                if (query.parameters().isEmpty()
                        || !String.valueOf(e.getSQLState()).startsWith(NO_SUCH_VALUE)) {
                    throw e;
                }
                // "abc" is no integer: no row has it
            }
        }
    }

    /** Rows of the spool with the changes folded in. */
    private static final class SpooledSnapshot implements Snapshot {
        private final List<String> resources;
        private final Spool spool;
        private final SnapshotHandOff.Fold fold;
        private final ArrayDeque<Row> folded = new ArrayDeque<>();
        private @Nullable String onlyId;
        private int table;
        private Spool.@Nullable Entry ahead;

        SpooledSnapshot(List<String> resources, Spool spool, SnapshotHandOff.Fold fold) {
            this.resources = resources;
            this.spool = spool;
            this.fold = fold;
            this.ahead = spool.next().orElse(null);
        }

        SpooledSnapshot only(String id) {
            onlyId = id;
            return this;
        }

        @Override
        public Position position() {
            return fold.position();
        }

        @Override
        public List<Row> next(int limit) {
            List<Row> page = new ArrayList<>();
            while (page.size() < limit) {
                if (!folded.isEmpty()) {
                    page.add(folded.remove());
                } else if (ahead != null && ahead.table() == table) {
                    addRead(ahead, page);
                    ahead = spool.next().orElse(null);
                } else if (table < resources.size()) {
                    folded.addAll(fold.left(resources.get(table)));
                    folded.removeIf(row -> onlyId != null && !row.id().equals(onlyId));
                    table++;
                } else {
                    break;
                }
            }
            return page;
        }

        private void addRead(Spool.Entry entry, List<Row> page) {
            fold.current(resources.get(entry.table()), entry.id(), entry.data())
                    .ifPresent(page::add);
        }

        @Override
        public void close() {
            ahead = null;
            folded.clear();
            table = resources.size();
            spool.close();
        }
    }
}
