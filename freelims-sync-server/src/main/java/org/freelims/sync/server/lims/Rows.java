package org.freelims.sync.server.lims;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.freelims.sync.server.lims.Query.Page;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/*
 * Rows leave PostgreSQL as the JSON text it makes of them, and notifications carry what its to_jsonb
 * makes of them: so a client sees the same names and the same values in both, and nothing here needs
 * to know the columns of a table that an installation has added some to.
 */
/**
 * Reads and writes the rows of a {@link Table} through one handle, as somebody may see them: what
 * they may not is as if it were not there. Confined like its handle.
 */
final class Rows {
    private static final int FETCHED_AT_ONCE = 500;

    private final Handle handle;
    private final Sight sight;
    private boolean speaksUtc;

    /**
     * @param sight what is shown, and may be changed, of the rows
     */
    Rows(Handle handle, Sight sight) {
        this.handle = handle;
        this.sight = sight;
    }

    /** For what is no row that somebody sees: entries of histories, links. */
    Handle handle() {
        return handle;
    }

    /** A column that an update changed, with the values as PostgreSQL writes them. */
    record FieldChange(String field, @Nullable String before, @Nullable String after) {}

    /*
     * Capture writes points in time in UTC whatever the writer's zone; so do we. Only from here on:
     * what clients send without a zone is meant by the session's clock. Ends with the transaction.
     */
    private void speakUtc() {
        if (!speaksUtc) {
            handle.execute("SET LOCAL timezone = 'UTC'");
            speaksUtc = true;
        }
    }

    /**
     * The rows of a page as a JSON array. Like all that reads, after what the transaction writes.
     *
     * @throws RefusedException 403 if the filter looks at a hidden field
     */
    String list(Table table, Filter filter, String order, Page page) {
        sight.require(table);
        for (String column : filter.columns()) {
            if (!sight.mayLookAt(table, column)) {
                throw RefusedException.forbidden(
                        "There is no field '" + column.substring(2) + "' that you may filter by.");
            }
        }
        speakUtc();
        String sql =
                table.select()
                        + filter.where(column -> sight.mayLookAt(table, column))
                        + " ORDER BY "
                        + shownOrder(table, order);
        return sight.isWhole(table)
                ? pageOf(sql + " LIMIT :limit OFFSET :skip", filter, page)
                : shownPageOf(table, sql, filter, page);
    }

    /* The order of rows must not tell of a field that is hidden. */
    private String shownOrder(Table table, String order) {
        boolean hidden =
                Stream.of(order.split(", "))
                        .map(part -> part.split(" ")[0])
                        .anyMatch(column -> !sight.mayLookAt(table, column));
        return hidden ? "t.id" : order;
    }

    private String pageOf(String sql, Filter filter, Page page) {
        try (Query query = handle.createQuery("SELECT row_to_json(r)::text FROM (" + sql + ") r")) {
            return query.bindMap(filter.bindings())
                    .bind("limit", page.limit())
                    .bind("skip", page.skip())
                    .mapTo(String.class)
                    .collect(joining(",", "[", "]"));
        }
    }

    /* Counts what is shown only: a gap would tell how much is not. */
    private String shownPageOf(Table table, String sql, Filter filter, Page page) {
        try (Query query = handle.createQuery("SELECT row_to_json(r)::text FROM (" + sql + ") r");
                Stream<String> rows =
                        query
                                .bindMap(filter.bindings())
                                .setFetchSize(FETCHED_AT_ONCE)
                                .mapTo(String.class)
                                .stream()) {
            return rows.flatMap(row -> sight.shown(table, row).stream())
                    .skip(page.skip())
                    .limit(page.limit())
                    .collect(joining(",", "[", "]"));
        }
    }

    /** One row as a JSON object, if there is one that may be seen. */
    Optional<String> find(Table table, int id) {
        sight.require(table);
        speakUtc();
        String sql = "SELECT row_to_json(r)::text FROM (" + table.select() + " WHERE t.id = :id) r";
        try (Query query = handle.createQuery(sql)) {
            return query.bind("id", id)
                    .mapTo(String.class)
                    .findFirst()
                    .flatMap(row -> sight.shown(table, row));
        }
    }

    /**
     * One row as a JSON object.
     *
     * @throws RefusedException 404 if there is none
     */
    String get(Table table, int id) {
        return find(table, id).orElseThrow(() -> RefusedException.notFound(table.noun()));
    }

    /**
     * Inserts a row.
     *
     * @param more columns that clients don't set
     * @return its id
     * @throws RefusedException 400 if a unique value is in use; 403 if the one who makes the row
     *     could not see it
     */
    int insert(Table table, Input input, Map<String, Object> more) {
        sight.requireSettable(table, names(input));
        requireUnique(table, input, Optional.empty());
        List<String> columns = new ArrayList<>();
        List<String> values = new ArrayList<>();
        Map<String, Object> bindings = new LinkedHashMap<>();
        for (Input.Value value : input.values()) {
            if (value.value() != null) {
                columns.add(value.field().name());
                values.add(value.field().type().cast(value.field().name(), value.value()));
                bindings.put(value.field().name(), bindable(value.value()));
            }
        }
        more.forEach(
                (column, value) -> {
                    columns.add(column);
                    values.add(":" + column);
                    bindings.put(column, value);
                });
        String sql =
                columns.isEmpty()
                        ? "INSERT INTO " + table.name() + " DEFAULT VALUES RETURNING id"
                        : "INSERT INTO "
                                + table.name()
                                + " ("
                                + String.join(", ", columns)
                                + ") VALUES ("
                                + String.join(", ", values)
                                + ") RETURNING id";
        try (Query query = handle.createQuery(sql)) {
            int id = query.bindMap(bindings).mapTo(Integer.class).one();
            requireStillSeen(table, id);
            return id;
        }
    }

    private static List<String> names(Input input) {
        return input.values().stream().map(value -> value.field().name()).toList();
    }

    /** Whether there is such a row and it may be seen. */
    boolean sees(Table table, int id) {
        return sight.allows(table) && find(table, id).isPresent();
    }

    /**
     * @throws RefusedException 403 if nothing of the table may be seen
     */
    void require(Table table) {
        sight.require(table);
    }

    /**
     * @throws RefusedException 403 if the field may not be seen, so not be set either
     */
    void requireSettable(Table table, String field) {
        sight.requireSettable(table, List.of(field));
    }

    private void requireStillSeen(Table table, int id) {
        if (!sight.isWhole(table) && find(table, id).isEmpty()) {
            throw RefusedException.forbidden(
                    "With these values you could not see the record. Ask somebody who may.");
        }
    }

    /** What may not be seen is not there. */
    private void requireSeen(Table table, int id) {
        sight.require(table);
        if (!sight.isWhole(table)) {
            get(table, id);
        }
    }

    /**
     * Changes what differs; a row in which nothing would differ is not touched, so nobody is told
     * of a change. The row stays locked until the transaction ends.
     *
     * @return what was changed
     * @throws RefusedException 404 if there is no such row, 400 if a unique value is in use, 403 if
     *     the one who changes the row could not see it then, or does not see what is to be changed
     * @throws InvalidRequestException if a value that differs is not allowed
     */
    List<FieldChange> update(Table table, int id, Input input) {
        requireSeen(table, id);
        sight.requireSettable(table, names(input));
        Map<Input.Value, FieldChange> changes = changes(table, id, input);
        if (changes.isEmpty()) {
            return List.of();
        }
        Problems problems = new Problems();
        changes.keySet().forEach(value -> value.objection().ifPresent(problems::add));
        problems.check();
        Input changed = new Input(List.copyOf(changes.keySet()));
        requireUnique(table, changed, Optional.of(id));
        List<String> assignments = new ArrayList<>();
        for (Input.Value value : changed.values()) {
            assignments.add(value.field().name() + " = " + expression(value));
        }
        if (table.stamped()) {
            assignments.add("updated_at = now()");
        }
        String sql =
                "UPDATE "
                        + table.name()
                        + " SET "
                        + String.join(", ", assignments)
                        + " WHERE id = :id";
        try (Update update = handle.createUpdate(sql)) {
            bindAll(update, changed).bind("id", id).execute();
        }
        requireStillSeen(table, id);
        return List.copyOf(changes.values());
    }

    /* PostgreSQL compares, by the text it would show: it knows best when two values are the same. */
    private Map<Input.Value, FieldChange> changes(Table table, int id, Input input) {
        List<Input.Value> values = input.values();
        StringBuilder sql = new StringBuilder("SELECT t.id");
        for (int i = 0; i < values.size(); i++) {
            Field field = values.get(i).field();
            String column = "t." + field.name();
            sql.append(", ")
                    .append(field.isUnique() ? "NULLIF(" + column + ", '')" : column)
                    .append("::text AS old")
                    .append(i)
                    .append(", (")
                    .append(expression(values.get(i)))
                    .append(")::text AS new")
                    .append(i);
        }
        sql.append(" FROM ").append(table.name()).append(" t WHERE t.id = :id FOR UPDATE");
        try (Query query = handle.createQuery(sql.toString())) {
            return bindAll(query, input)
                    .bind("id", id)
                    .map(
                            (rs, context) -> {
                                Map<Input.Value, FieldChange> changed = new LinkedHashMap<>();
                                for (int i = 0; i < values.size(); i++) {
                                    String before = rs.getString("old" + i);
                                    String after = rs.getString("new" + i);
                                    if (!java.util.Objects.equals(before, after)) {
                                        changed.put(
                                                values.get(i),
                                                new FieldChange(
                                                        values.get(i).field().name(),
                                                        before,
                                                        after));
                                    }
                                }
                                return changed;
                            })
                    .findFirst()
                    .orElseThrow(() -> RefusedException.notFound(table.noun()));
        }
    }

    private static String expression(Input.Value value) {
        Object sent = value.value();
        return sent == null ? "NULL" : value.field().type().cast(value.field().name(), sent);
    }

    private static <S extends SqlStatement<S>> S bindAll(S statement, Input input) {
        for (Input.Value value : input.values()) {
            if (value.value() != null) {
                statement.bind(value.field().name(), bindable(value.value()));
            }
        }
        return statement;
    }

    private static Object bindable(Object value) {
        return value instanceof TimeText time ? time.text() : value;
    }

    /* Asked first for a good answer; the index decides where two ask at once. */
    private void requireUnique(Table table, Input input, Optional<Integer> exceptId) {
        for (Input.Value value : input.values()) {
            Object sent = value.value();
            if (value.field().isUnique() && sent != null) {
                String sql =
                        "SELECT EXISTS (SELECT 1 FROM "
                                + table.name()
                                + " WHERE "
                                + value.field().name()
                                + " = :value AND id <> :id)";
                try (Query query = handle.createQuery(sql)) {
                    boolean taken =
                            query.bind("value", sent)
                                    .bind("id", exceptId.orElse(0))
                                    .mapTo(Boolean.class)
                                    .one();
                    if (taken) {
                        throw RefusedException.badRequest(value.field().conflict());
                    }
                }
            }
        }
    }

    /**
     * Locks a row that is about to be referred to or deleted.
     *
     * @param lock {@code KEY SHARE} or {@code UPDATE}
     * @return what {@code expression} says of it
     * @throws RefusedException 404 if there is no such row
     */
    String lock(Table table, int id, String expression, String lock) {
        requireSeen(table, id);
        String sql =
                "SELECT COALESCE(("
                        + expression
                        + ")::text, '') FROM "
                        + table.name()
                        + " t WHERE t.id = :id FOR "
                        + lock
                        + " OF t";
        try (Query query = handle.createQuery(sql)) {
            return query.bind("id", id)
                    .mapTo(String.class)
                    .findFirst()
                    .orElseThrow(() -> RefusedException.notFound(table.noun()));
        }
    }

    /** Whether the query, which may speak of {@code :id}, finds anything. */
    boolean exists(String query, int id) {
        try (Query exists = handle.createQuery("SELECT EXISTS (" + query + ")")) {
            return exists.bind("id", id).mapTo(Boolean.class).one();
        }
    }

    /** Runs a statement that speaks of {@code :id}. */
    void execute(String sql, int id) {
        try (Update update = handle.createUpdate(sql)) {
            update.bind("id", id).execute();
        }
    }

    /** The id of the settings' row, if there is one yet. */
    Optional<Integer> settingsId() {
        try (Query query =
                handle.createQuery("SELECT id FROM system_settings ORDER BY id LIMIT 1")) {
            return query.mapTo(Integer.class).findFirst();
        }
    }

    /** Locks and returns the ids of all active administrators. */
    List<Integer> lockAdministrators() {
        try (Query query =
                handle.createQuery(
                        "SELECT id FROM users WHERE is_admin AND is_active ORDER BY id"
                                + " FOR UPDATE")) {
            return query.mapTo(Integer.class).list();
        }
    }
}
