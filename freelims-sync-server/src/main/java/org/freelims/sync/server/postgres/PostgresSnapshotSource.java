package org.freelims.sync.server.postgres;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
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
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.log.SnapshotSource;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

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
 *
 * Why going on with one is exact. Its rows are those of H, ordered by id, and the client has those up to
 * a place in that order. The rows behind that place are read anew, in a database snapshot S', and the log
 * from H to a head H' by when all that S' saw is logged. A record of which the log has nothing there is
 * at H as S' saw it: S' sees all that was logged up to H. Of any other the first change behind H tells
 * what it was at H. Nothing is kept for a client that is away, and any node can go on.
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
    private final ChangeLog log;
    private final SnapshotHandOff handOff;
    private final Path directory;
    private final Semaphore turns = new Semaphore(AT_ONCE, true);

    PostgresSnapshotSource(
            DataSource source, ChangeLog log, SnapshotHandOff handOff, Path directory) {
        this.source = source;
        this.log = log;
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
                                .map(query -> takeOne(resource, id, List.of(query)))
                                .orElseGet(() -> takeOne(resource, id, List.of())));
    }

    @Override
    public Snapshot reopen(Collection<String> resources, Position position, String place) {
        RowPlace from = RowPlace.parse(place);
        List<String> left =
                new ArrayList<>(new TreeSet<>(resources).tailSet(from.resource(), true));
        if (left.isEmpty() || !left.get(0).equals(from.resource())) {
            throw RowPlace.lost("its resource is not among those asked for");
        }
        log.readAfter(position, 1);
        return inTurn(() -> takeRest(left, position, from));
    }

    private Snapshot takeRest(List<String> resources, Position position, RowPlace from) {
        Map<String, Capture.Entry> entries = entries();
        List<SnapshotQuery> queries = new ArrayList<>();
        for (String resource : resources) {
            Capture.Entry entry = entry(entries, resource);
            queries.add(
                    queries.isEmpty()
                            ? SnapshotQuery.behind(entry, from.id())
                            : SnapshotQuery.all(entry));
        }
        if (queries.get(0).order() != from.order()) {
            throw RowPlace.lost("the table has another key now");
        }
        return spooled(
                resources,
                queries,
                (seen, spool) -> {
                    RowsSince since = new RowsSince(resources, from);
                    since.read(log, position, handOff.awaitHead(seen).offset());
                    return new SpooledSnapshot(parts(queries), spool, position, since);
                });
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

    private Snapshot take(List<String> resources, List<SnapshotQuery> queries) {
        return spooled(
                resources,
                queries,
                (seen, spool) -> {
                    SnapshotHandOff.Fold fold = handOff.complete(seen, resources);
                    return new SpooledSnapshot(parts(queries), spool, fold.position(), fold);
                });
    }

    private Snapshot takeOne(String resource, String id, List<SnapshotQuery> queries) {
        List<String> resources = List.of(resource);
        return spooled(
                resources,
                queries,
                (seen, spool) -> {
                    SnapshotHandOff.Fold fold = handOff.complete(seen, resources);
                    fold.only(id);
                    return new SpooledSnapshot(
                            List.of(new SpooledSnapshot.Part(resource, IdOrder.TEXT)),
                            spool,
                            fold.position(),
                            fold);
                });
    }

    private static List<SpooledSnapshot.Part> parts(List<SnapshotQuery> queries) {
        return queries.stream()
                .map(query -> new SpooledSnapshot.Part(query.resource(), query.order()))
                .toList();
    }

    private interface Completing {
        Snapshot complete(SnapshotHandOff.Seen seen, Spool spool);
    }

    /** Reads rows in one transaction, and makes a snapshot of them after it. */
    private Snapshot spooled(
            List<String> resources, List<SnapshotQuery> queries, Completing completing) {
        Spool spool = new Spool(directory, MEMORY_BYTES);
        boolean done = false;
        try {
            SnapshotHandOff.Seen seen = read(resources, queries, spool);
            Snapshot snapshot = completing.complete(seen, spool);
            done = true;
            return snapshot;
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
                if (query.isRest()) {
                    throw RowPlace.lost("it is no place in a snapshot");
                }
                // "abc" is no integer: no row has it
            }
        }
    }
}
