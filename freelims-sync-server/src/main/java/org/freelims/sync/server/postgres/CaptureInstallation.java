package org.freelims.sync.server.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jdbi.v3.core.Handle;

/** Installs capture on one table, within a transaction. Confined to it. */
final class CaptureInstallation {
    private static final String TABLE = "r";
    private static final String PARTITIONED = "p";

    private final Handle handle;
    private final String name;
    private final CaptureOptions options;

    CaptureInstallation(Handle handle, String name, CaptureOptions options) {
        this.handle = handle;
        this.name = name;
        this.options = options;
    }

    /** Lets one process at a time change what is captured. */
    static void lock(Handle handle) {
        handle.execute("SET LOCAL lock_timeout = '10s'");
        handle.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended('freelims_sync capture', 0))");
    }

    /** Returns the table's oid. */
    static long resolve(Handle handle, String name) {
        return handle.createQuery("SELECT to_regclass(:name)::oid::bigint")
                .bind("name", name)
                .mapTo(Long.class)
                .findOne()
                .orElseThrow(
                        () ->
                                new DatabaseSetupException(
                                        "There is no table %s here. Name it as SQL does, with its"
                                                        .formatted(name)
                                                + " schema if that is not in the search_path, and"
                                                + " in double quotes if it has capital letters."));
    }

    CapturedTable run() {
        lock(handle);
        TableShape shape =
                TableShape.of(handle, resolve(handle, name))
                        .orElseThrow(
                                () -> new DatabaseSetupException("Table " + name + " is gone."));
        requireCapturable(shape);
        List<TableShape.Column> key = key(shape);
        List<TableShape.Column> excluded = new ArrayList<>();
        for (String column : new TreeSet<>(options.excludedColumns())) {
            excluded.add(column(shape, column));
        }
        if (excluded.stream().anyMatch(key::contains)) {
            throw new DatabaseSetupException(
                    "A column of %s can't be its key and excluded: choose another key."
                            .formatted(shape.table()));
        }
        Capture.Installed wanted =
                new Capture.Installed(
                        options.resource(),
                        Capture.Columns.of(key),
                        Capture.Columns.of(excluded),
                        shape.fingerprint());
        List<Capture.Entry> entries = Capture.entries(handle);
        requireOwnResource(shape, entries);
        Optional<Capture.Entry> present =
                entries.stream().filter(e -> e.shape().oid() == shape.oid()).findFirst();
        boolean active = present.isPresent() && Capture.isActive(handle, shape);
        if (active && present.get().installed().equals(wanted)) {
            return present.get().table();
        }
        Capture.Entry entry =
                new Capture.Entry(
                        present.map(Capture.Entry::number).orElseGet(() -> number(wanted)),
                        shape,
                        wanted);
        write(handle, entry);
        if (!active) {
            Capture.createTriggers(handle, shape, entry.number());
        }
        Capture.announce(handle);
        return entry.table();
    }

    private void requireCapturable(TableShape shape) {
        Map<String, Object> facts =
                handle.createQuery(
                                "SELECT c.relkind::text AS kind, c.relpersistence::text AS"
                                    + " persistence, n.nspname::text AS schema, c.relispartition AS"
                                    + " partition FROM pg_catalog.pg_class c JOIN"
                                    + " pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE"
                                    + " c.oid = :oid")
                        .bind("oid", shape.oid())
                        .mapToMap()
                        .one();
        String advice = null;
        if (!Set.of(TABLE, PARTITIONED).contains(String.valueOf(facts.get("kind")))) {
            advice = "is no table. Capture the tables beneath it";
        } else if ("t".equals(facts.get("persistence"))) {
            advice = "is temporary, and gone with its session. Capture a lasting table";
        } else if (String.valueOf(facts.get("schema")).equals("freelims_sync")
                || String.valueOf(facts.get("schema")).equals("pg_catalog")) {
            advice = "is none of the application's. Capture another table";
        } else if (Boolean.TRUE.equals(facts.get("partition"))) {
            advice = "is a partition. Capture the partitioned table";
        }
        if (advice != null) {
            throw new DatabaseSetupException("%s %s.".formatted(shape.table(), advice));
        }
    }

    private void requireOwnResource(TableShape shape, List<Capture.Entry> entries) {
        for (Capture.Entry entry : entries) {
            if (entry.installed().resource().equals(options.resource())
                    && entry.shape().oid() != shape.oid()) {
                throw new DatabaseSetupException(
                        "Resource '%s' is table %s's already. Choose another name for %s."
                                .formatted(
                                        options.resource(), entry.shape().table(), shape.table()));
            }
        }
    }

    private List<TableShape.Column> key(TableShape shape) {
        if (options.keyColumns().isEmpty()) {
            List<Integer> primary = primaryKey(shape);
            if (primary.isEmpty()) {
                throw new DatabaseSetupException(
                        "Table %s has no primary key, so its records can't be told apart. Add one, or"
                                        .formatted(shape.table())
                                + " name the unique column(s) to use as key.");
            }
            return primary.stream().map(number -> shape.column("", number).orElseThrow()).toList();
        }
        List<TableShape.Column> key = new ArrayList<>();
        for (String column : options.keyColumns()) {
            key.add(column(shape, column));
        }
        requireUnique(shape, key);
        return key;
    }

    private TableShape.Column column(TableShape shape, String column) {
        return shape.column(column)
                .orElseThrow(
                        () ->
                                new DatabaseSetupException(
                                        "Table %s has no column '%s'; it has %s."
                                                .formatted(
                                                        shape.table(),
                                                        column,
                                                        String.join(
                                                                ", ",
                                                                Capture.names(shape.columns())))));
    }

    private List<Integer> primaryKey(TableShape shape) {
        return handle.createQuery(
                        "SELECT num FROM pg_catalog.pg_index i,"
                                + " unnest(i.indkey::int2[]) WITH ORDINALITY AS k (num, nth)"
                                + " WHERE i.indrelid = :oid AND i.indisprimary"
                                + " AND nth <= i.indnkeyatts ORDER BY nth")
                .bind("oid", shape.oid())
                .mapTo(Integer.class)
                .list();
    }

    private void requireUnique(TableShape shape, List<TableShape.Column> key) {
        boolean unique =
                handle.createQuery(
                                "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_index i WHERE"
                                    + " i.indrelid = :oid AND i.indisunique AND i.indpred IS NULL"
                                    + " AND i.indexprs IS NULL AND NOT EXISTS (SELECT 1 FROM"
                                    + " unnest(i.indkey::int2[]) WITH ORDINALITY AS k (num, nth)"
                                    + " WHERE nth <= i.indnkeyatts AND num <> ALL (:key::int2[])))")
                        .bind("oid", shape.oid())
                        .bind(
                                "key",
                                key.stream()
                                        .map(c -> String.valueOf(c.number()))
                                        .collect(
                                                java.util.stream.Collectors.joining(",", "{", "}")))
                        .mapTo(Boolean.class)
                        .one();
        if (!unique || !key.stream().allMatch(TableShape.Column::notNull)) {
            throw new DatabaseSetupException(
                    ("%s of table %s can't be its key: two records may have the same, or none."
                         + " Choose columns that are NOT NULL and have a unique index together.")
                            .formatted(String.join(", ", Capture.names(key)), shape.table()));
        }
    }

    /** Returns the number of a new entry, having cleared away what a dropped table left behind. */
    private int number(Capture.Installed wanted) {
        handle.createQuery(
                        "SELECT number FROM freelims_sync.capture c WHERE resource = :resource"
                                + " AND NOT EXISTS (SELECT 1 FROM freelims_sync.captured l"
                                + " WHERE l.number = c.number)")
                .bind("resource", wanted.resource())
                .mapTo(Integer.class)
                .list()
                .forEach(number -> Capture.forget(handle, number));
        return handle.createQuery(
                        "INSERT INTO freelims_sync.capture (resource, key_columns, key_attnums,"
                            + " excluded_columns, excluded_attnums, shape) VALUES (:resource, '{}',"
                            + " '{}', '{}', '{}', '') RETURNING number")
                .bind("resource", wanted.resource())
                .mapTo(Integer.class)
                .one();
    }

    /** Writes the function, and notes what it was written for. */
    static void write(Handle handle, Capture.Entry entry) {
        List<TableShape.Column> key = entry.key();
        List<TableShape.Column> excluded = entry.excluded();
        try (var statement = handle.getConnection().createStatement()) {
            // not through Jdbi, which would take colons and question marks for its own
            statement.setEscapeProcessing(false);
            statement.execute(
                    new CaptureFunction(
                                    entry.number(),
                                    entry.installed().resource(),
                                    entry.shape(),
                                    key,
                                    excluded)
                            .create());
        } catch (java.sql.SQLException e) {
            throw new DatabaseSetupException(
                    "The capture function of table %s could not be written: %s"
                            .formatted(entry.shape().table(), Sql.reason(e)),
                    e);
        }
        handle.createUpdate(
                        "UPDATE freelims_sync.capture SET resource = :resource,"
                                + " key_columns = :keys, key_attnums = :keyNumbers::int2[],"
                                + " excluded_columns = :excluded,"
                                + " excluded_attnums = :excludedNumbers::int2[], shape = :shape"
                                + " WHERE number = :number")
                .bind("resource", entry.installed().resource())
                .bindArray("keys", String.class, Capture.names(key))
                .bindArray("keyNumbers", Integer.class, Capture.Columns.of(key).numbers())
                .bindArray("excluded", String.class, Capture.names(excluded))
                .bindArray("excludedNumbers", Integer.class, Capture.Columns.of(excluded).numbers())
                .bind("shape", entry.shape().fingerprint())
                .bind("number", entry.number())
                .execute();
    }
}
