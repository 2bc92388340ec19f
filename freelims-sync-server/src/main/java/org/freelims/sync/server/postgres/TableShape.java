package org.freelims.sync.server.postgres;

import static java.util.Objects.requireNonNull;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** A table's columns as they are now, and how SQL speaks of them. Immutable. */
record TableShape(long oid, String table, char kind, List<Column> columns) {
    /** Types whose text form is the same as in JSON and depends on no setting. */
    private static final List<String> PLAIN_TEXT =
            List.of("int2", "int4", "int8", "text", "varchar", "uuid");

    /** Types whose {@code =} tells apart what looks different. */
    private static final List<String> COMPARABLE =
            List.of(
                    "int2",
                    "int4",
                    "int8",
                    "float4",
                    "float8",
                    "numeric",
                    "bool",
                    "date",
                    "time",
                    "timestamp",
                    "timestamptz",
                    "uuid",
                    "bytea",
                    "jsonb",
                    "oid");

    private static final List<String> TEXTS = List.of("text", "varchar", "bpchar", "name");

    /** Types whose JSON depends on no setting. */
    private static final List<String> SETTLED =
            List.of(
                    "int2",
                    "int4",
                    "int8",
                    "numeric",
                    "bool",
                    "text",
                    "varchar",
                    "bpchar",
                    "name",
                    "uuid",
                    "oid",
                    "json",
                    "jsonb",
                    "date",
                    "time",
                    "timestamp");

    /** PostgreSQL takes no more arguments to one call than 100. */
    private static final int MAX_ARGUMENTS = 90;

    /** One column. */
    record Column(
            String name,
            int number,
            String type,
            String sqlType,
            boolean builtIn,
            boolean notNull) {
        String quoted() {
            return Sql.quoted(name);
        }

        /** Whether the value's JSON may differ with this {@code name = value}. */
        boolean dependsOn(String setting) {
            if (builtIn && SETTLED.contains(type)) {
                return false;
            }
            if (builtIn && type.equals("timestamptz")) {
                return setting.startsWith("timezone ");
            }
            if (builtIn && (type.equals("float8") || type.equals("float4"))) {
                return setting.startsWith("extra_float_digits ");
            }
            return true;
        }

        /** The value as a part of a record's id, as {@code row_to_json(..) ->> name} gives it. */
        String idText(String row) {
            String value = row + '.' + quoted();
            return builtIn && PLAIN_TEXT.contains(type)
                    ? value + "::text"
                    : "(to_json(" + value + ") #>> '{}')";
        }

        String differs(String one, String other) {
            String a = one + '.' + quoted();
            String b = other + '.' + quoted();
            if (builtIn && TEXTS.contains(type)) {
                // a collation may hold texts equal that look different
                return "%s COLLATE \"C\" IS DISTINCT FROM %s COLLATE \"C\"".formatted(a, b);
            }
            return builtIn && COMPARABLE.contains(type)
                    ? "%s IS DISTINCT FROM %s".formatted(a, b)
                    : "to_json(%s)::text IS DISTINCT FROM to_json(%s)::text".formatted(a, b);
        }

        /** {@code "name":value} as text. */
        String member(String row) {
            return "%s || coalesce(to_json(%s.%s)::text, 'null')"
                    .formatted(Sql.literal(Sql.jsonText(name) + ":"), row, quoted());
        }
    }

    TableShape {
        columns = List.copyOf(columns);
    }

    static Optional<TableShape> of(Handle handle, long oid) {
        Optional<TableShape> table =
                handle.createQuery(
                                "SELECT format('%I.%I', n.nspname, c.relname), c.relkind::text"
                                        + " FROM pg_catalog.pg_class c"
                                        + " JOIN pg_catalog.pg_namespace n ON n.oid ="
                                        + " c.relnamespace WHERE c.oid = :oid")
                        .bind("oid", oid)
                        .map(
                                (row, context) ->
                                        new TableShape(
                                                oid,
                                                requireNonNull(row.getString(1)),
                                                row.getString(2).charAt(0),
                                                List.of()))
                        .findOne();
        return table.map(t -> new TableShape(oid, t.table, t.kind, columns(handle, oid)));
    }

    private static List<Column> columns(Handle handle, long oid) {
        return handle.createQuery(
                        "SELECT a.attname, a.attnum, t.typname, format('%I.%I', n.nspname,"
                            + " t.typname), n.nspname = 'pg_catalog' AND t.typtype = 'b',"
                            + " a.attnotnull FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type"
                            + " t ON t.oid = a.atttypid JOIN pg_catalog.pg_namespace n ON n.oid ="
                            + " t.typnamespace WHERE a.attrelid = :oid AND a.attnum > 0 AND NOT"
                            + " a.attisdropped ORDER BY a.attnum")
                .bind("oid", oid)
                .map(
                        (row, context) ->
                                new Column(
                                        row.getString(1),
                                        row.getInt(2),
                                        row.getString(3),
                                        row.getString(4),
                                        row.getBoolean(5),
                                        row.getBoolean(6)))
                .list();
    }

    Optional<Column> column(String name) {
        return columns.stream().filter(c -> c.name().equals(name)).findFirst();
    }

    /** The column of this name; after a renaming the one of this number. */
    Optional<Column> column(String name, int number) {
        return column(name)
                .or(() -> columns.stream().filter(c -> c.number() == number).findFirst());
    }

    List<Column> without(Collection<Column> excluded) {
        return columns.stream().filter(c -> !excluded.contains(c)).toList();
    }

    /** What a function written for these columns is good for. */
    String fingerprint() {
        return columns.stream()
                .map(c -> c.number() + " " + c.quoted() + " " + c.type())
                .collect(Collectors.joining(", "));
    }

    int lastNumber() {
        return columns.stream().mapToInt(Column::number).max().orElse(0);
    }

    /** A record's id as an SQL expression over the row called {@code row}. */
    static String id(List<Column> key, String row) {
        if (key.size() == 1) {
            return key.get(0).idText(row);
        }
        return key.stream()
                .map(
                        c ->
                                "replace(replace(%s, E'\\\\', E'\\\\\\\\'), ',', E'\\\\,')"
                                        .formatted(c.idText(row)))
                .collect(Collectors.joining(" || ',' || ", "(", ")"));
    }

    /** A row's JSON as an SQL expression of type text. */
    String json(List<Column> visible, String row) {
        return visible.size() == columns.size()
                ? "row_to_json(" + row + ")::text"
                : "'{' || " + joined(visible.stream().map(c -> c.member(row)).toList()) + " || '}'";
    }

    /** The texts that are not null with commas between; {@code ''} for none. */
    static String joined(List<String> texts) {
        if (texts.isEmpty()) {
            return "''";
        }
        if (texts.size() <= MAX_ARGUMENTS) {
            return "concat_ws(',', " + String.join(", ", texts) + ")";
        }
        List<String> groups = new java.util.ArrayList<>();
        for (int from = 0; from < texts.size(); from += MAX_ARGUMENTS) {
            int to = Math.min(texts.size(), from + MAX_ARGUMENTS);
            groups.add("nullif(" + joined(texts.subList(from, to)) + ", '')");
        }
        return joined(groups);
    }
}
