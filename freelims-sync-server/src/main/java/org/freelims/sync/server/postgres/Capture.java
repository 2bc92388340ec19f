package org.freelims.sync.server.postgres;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * Installs, lists and removes change capture on an application's tables. Thread-safe.
 *
 * <p>A captured table has two triggers, for rows and for {@code TRUNCATE}, whose function belongs
 * to the role that installed it: the application's roles need no right on our schema. The triggers
 * fire for every program, also where it sets {@code session_replication_role}, if the installing
 * role owns the table. Tables of any schema, partitioned ones and views' base tables can be
 * captured; dropping a table, or dropping, detaching or truncating a single partition, is not a
 * change of its records.
 */
public final class Capture {
    private static final String TRIGGER = "0_freelims_sync";
    private static final String TRUNCATE_TRIGGER = "0_freelims_sync_truncate";

    /** Our triggers on tables, not those that partitions have of them. */
    private static final String TRIGGERS =
            " FROM freelims_sync.capture c JOIN pg_catalog.pg_proc p ON p.proname = 'capture_' ||"
                    + " c.number AND p.pronamespace = 'freelims_sync'::regnamespace JOIN"
                    + " pg_catalog.pg_trigger t ON t.tgfoid = p.oid AND t.tgparentid = 0 AND"
                    + " t.tgname IN ('"
                    + TRIGGER
                    + "', '"
                    + TRUNCATE_TRIGGER
                    + "')";

    private final Jdbi jdbi;

    Capture(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /**
     * Captures a table from now on. When this returns, every change that is committed later is
     * captured: it waits for the transactions that are writing to the table, up to 10 s. Installing
     * again changes nothing, or changes the options, or mends what somebody dropped or disabled.
     *
     * @param table its name as SQL has it, with its schema or found by the {@code search_path}
     * @throws DatabaseSetupException if there is no such table, it has no usable key, the resource
     *     is another table's, or a right is missing; nothing was changed then
     */
    public CapturedTable install(String table, CaptureOptions options) {
        try {
            return jdbi.inTransaction(
                    handle -> new CaptureInstallation(handle, table, options).run());
        } catch (JdbiException e) {
            throw failure("Capture of " + table + " could not be installed", e);
        }
    }

    /** Returns all captured tables, by resource. */
    public List<CapturedTable> list() {
        return jdbi.withHandle(Capture::list);
    }

    /**
     * Returns whether each captured table's triggers are there and switched on, by resource. A
     * table that lacks one changes unseen: somebody dropped or disabled it. Of one that has lost
     * both nothing is known any more.
     */
    public Map<String, Boolean> active() {
        return jdbi.withHandle(
                handle ->
                        handle.createQuery(
                                        "SELECT resource, count(*) FILTER (WHERE tgenabled IN"
                                                + " ('A', 'O')) = 2"
                                                + TRIGGERS
                                                + " GROUP BY resource")
                                .reduceRows(
                                        new HashMap<String, Boolean>(),
                                        (all, row) -> {
                                            all.put(
                                                    row.getColumn(1, String.class),
                                                    row.getColumn(2, Boolean.class));
                                            return all;
                                        }));
    }

    /** Returns whether both of a table's triggers are there and switched on. */
    static boolean isActive(Handle handle, TableShape shape) {
        return handle.createQuery(
                        "SELECT count(*) = 2"
                                + TRIGGERS
                                + " WHERE tgrelid = :oid AND tgenabled IN ('A', 'O')")
                .bind("oid", shape.oid())
                .mapTo(Boolean.class)
                .one();
    }

    /**
     * Captures a table no longer. What was logged stays.
     *
     * @return whether it was captured
     * @throws DatabaseSetupException if there is no such table, or a right is missing
     */
    public boolean remove(String table) {
        try {
            return jdbi.inTransaction(handle -> remove(handle, table));
        } catch (JdbiException e) {
            throw failure("Capture of " + table + " could not be removed", e);
        }
    }

    private static boolean remove(Handle handle, String table) {
        CaptureInstallation.lock(handle);
        long oid = CaptureInstallation.resolve(handle, table);
        Optional<Integer> number =
                handle.createQuery("SELECT DISTINCT number" + TRIGGERS + " WHERE tgrelid = :oid")
                        .bind("oid", oid)
                        .mapTo(Integer.class)
                        .findOne();
        if (number.isEmpty()) {
            return false;
        }
        forget(handle, number.get());
        announce(handle);
        return true;
    }

    /** Drops the function too, and with it whichever of its triggers are left. */
    static void forget(Handle handle, int number) {
        handle.execute("DROP FUNCTION IF EXISTS " + CaptureFunction.name(number) + "() CASCADE");
        handle.execute("DELETE FROM freelims_sync.capture WHERE number = ?", number);
    }

    static void announce(Handle handle) {
        handle.execute("SELECT pg_notify('freelims_sync', 'capture')");
    }

    static void createTriggers(Handle handle, TableShape shape, int number) {
        String on = " ON " + shape.table();
        String run = " EXECUTE FUNCTION " + CaptureFunction.name(number) + "()";
        for (String trigger : List.of(TRIGGER, TRUNCATE_TRIGGER)) {
            handle.execute("DROP TRIGGER IF EXISTS \"" + trigger + "\"" + on);
        }
        handle.execute(
                "CREATE TRIGGER \""
                        + TRIGGER
                        + "\" AFTER INSERT OR UPDATE OR DELETE"
                        + on
                        + " FOR EACH ROW"
                        + run);
        handle.execute(
                "CREATE TRIGGER \""
                        + TRUNCATE_TRIGGER
                        + "\" AFTER TRUNCATE"
                        + on
                        + " FOR EACH STATEMENT"
                        + run);
        boolean owner =
                handle.createQuery(
                                "SELECT pg_has_role(relowner, 'USAGE') FROM pg_catalog.pg_class"
                                        + " WHERE oid = :oid")
                        .bind("oid", shape.oid())
                        .mapTo(Boolean.class)
                        .one();
        if (owner) {
            for (String trigger : List.of(TRIGGER, TRUNCATE_TRIGGER)) {
                handle.execute(
                        "ALTER TABLE "
                                + shape.table()
                                + " ENABLE ALWAYS TRIGGER \""
                                + trigger
                                + "\"");
            }
        }
    }

    /** One captured table with what its function was written for. */
    record Entry(int number, TableShape shape, Installed installed) {
        List<TableShape.Column> key() {
            return installed.key().in(shape);
        }

        List<TableShape.Column> excluded() {
            return installed.excluded().in(shape);
        }

        boolean isOutdated() {
            return !installed.shape().equals(shape.fingerprint());
        }

        CapturedTable table() {
            return new CapturedTable(
                    installed.resource(),
                    shape.table(),
                    names(key()),
                    names(excluded()),
                    names(shape.without(excluded())));
        }
    }

    /** A row of the table {@code capture}. */
    record Installed(String resource, Columns key, Columns excluded, String shape) {}

    /** Columns by name and by number: the number finds them after a renaming. */
    record Columns(List<String> names, List<Integer> numbers) {
        static Columns of(List<TableShape.Column> columns) {
            return new Columns(
                    Capture.names(columns),
                    columns.stream().map(TableShape.Column::number).toList());
        }

        List<TableShape.Column> in(TableShape shape) {
            List<TableShape.Column> found = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                shape.column(names.get(i), numbers.get(i)).ifPresent(found::add);
            }
            return found;
        }
    }

    static List<CapturedTable> list(Handle handle) {
        return entries(handle).stream().map(Entry::table).toList();
    }

    static List<Entry> entries(Handle handle) {
        return handle
                .createQuery(
                        "SELECT number, resource, key_columns, key_attnums, excluded_columns,"
                                + " excluded_attnums, shape, relation::bigint"
                                + " FROM freelims_sync.captured ORDER BY resource")
                .map(
                        (row, context) -> {
                            Installed installed =
                                    new Installed(
                                            row.getString(2),
                                            new Columns(
                                                    texts(row.getArray(3)), ints(row.getArray(4))),
                                            new Columns(
                                                    texts(row.getArray(5)), ints(row.getArray(6))),
                                            row.getString(7));
                            return new Listed(row.getInt(1), row.getLong(8), installed);
                        })
                .list()
                .stream()
                .flatMap(
                        listed ->
                                TableShape.of(handle, listed.relation())
                                        .map(s -> new Entry(listed.number(), s, listed.installed()))
                                        .stream())
                .toList();
    }

    private record Listed(int number, long relation, Installed installed) {}

    /**
     * Writes the functions of tables anew whose columns are not those they were written for.
     *
     * @return how many
     */
    int refresh() {
        return jdbi.inTransaction(
                handle -> {
                    if (entries(handle).stream().noneMatch(Entry::isOutdated)) {
                        return 0;
                    }
                    CaptureInstallation.lock(handle);
                    int written = 0;
                    for (Entry entry : entries(handle)) {
                        // without its key the table can't be captured; its writers are told so
                        if (entry.isOutdated()
                                && entry.key().size() == entry.installed().key().names().size()) {
                            CaptureInstallation.write(handle, entry);
                            written++;
                        }
                    }
                    announce(handle);
                    return written;
                });
    }

    static List<String> names(List<TableShape.Column> columns) {
        return columns.stream().map(TableShape.Column::name).toList();
    }

    private static List<String> texts(java.sql.Array array) throws java.sql.SQLException {
        return List.of((String[]) array.getArray());
    }

    private static List<Integer> ints(java.sql.Array array) throws java.sql.SQLException {
        return Arrays.stream((Object[]) array.getArray())
                .map(number -> ((Number) number).intValue())
                .toList();
    }

    private static DatabaseSetupException failure(String what, JdbiException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        String advice = "";
        if (cause instanceof java.sql.SQLException sql) {
            if ("55P03".equals(sql.getSQLState())) {
                advice =
                        " A transaction has been writing to the table for too long: end it, then"
                                + " try again.";
            } else if (Sql.NO_RIGHT.equals(sql.getSQLState())) {
                advice =
                        " Run this as the table's owner, or let the owner GRANT SELECT, TRIGGER on"
                                + " it to this role.";
            }
        }
        return new DatabaseSetupException(
                "%s: %s.%s".formatted(what, Sql.reason(cause), advice), e);
    }
}
