package org.freelims.sync.server.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Reads a captured table's rows: ids formed and values written exactly as its capture function
 * does. Immutable.
 *
 * @param isRest whether it reads the rows behind an id
 */
record SnapshotQuery(
        String resource,
        String table,
        IdOrder order,
        boolean isRest,
        String sql,
        List<String> parameters) {
    private static final String ROW = "\"freelims_sync row\"";

    /** Reads all rows, ordered by id. */
    static SnapshotQuery all(Capture.Entry entry) {
        return query(entry, false, select(entry) + orderBy(entry), List.of());
    }

    /** Reads the rows behind this id, ordered by id. */
    static SnapshotQuery behind(Capture.Entry entry, String id) {
        IdOrder order = IdOrder.of(entry.key());
        String where =
                " WHERE %s > %s"
                        .formatted(order.sql(entry.key(), ROW), order.parameter(entry.key()));
        return query(entry, true, select(entry) + where + orderBy(entry), List.of(id));
    }

    private static SnapshotQuery query(
            Capture.Entry entry, boolean isRest, String sql, List<String> parameters) {
        return new SnapshotQuery(
                entry.installed().resource(),
                entry.shape().table(),
                IdOrder.of(entry.key()),
                isRest,
                sql,
                parameters);
    }

    private static String orderBy(Capture.Entry entry) {
        return " ORDER BY " + IdOrder.of(entry.key()).sql(entry.key(), ROW);
    }

    /** Reads the row of this id; empty if no row can have it. */
    static Optional<SnapshotQuery> one(Capture.Entry entry, String id) {
        List<TableShape.Column> key = entry.key();
        List<String> parts = key.size() == 1 ? List.of(id) : parts(id);
        if (parts.size() != key.size()) {
            return Optional.empty();
        }
        // by the columns, so that the key's index serves; then by the id, so that 042 is not 42
        String where =
                key.stream()
                        .map(c -> "%s.%s = CAST(? AS %s)".formatted(ROW, c.quoted(), c.sqlType()))
                        .collect(Collectors.joining(" AND ", " WHERE ", " AND "));
        List<String> parameters = new ArrayList<>(parts);
        parameters.add(id);
        return Optional.of(
                query(
                        entry,
                        false,
                        select(entry) + where + TableShape.id(key, ROW) + " = ?",
                        parameters));
    }

    private static String select(Capture.Entry entry) {
        TableShape shape = entry.shape();
        return "SELECT %s, %s FROM %s AS %s"
                .formatted(
                        TableShape.id(entry.key(), ROW),
                        shape.json(shape.without(entry.excluded()), ROW),
                        shape.table(),
                        ROW);
    }

    /** Takes a composite key's id apart. */
    static List<String> parts(String id) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            if (c == ',') {
                parts.add(part.toString());
                part.setLength(0);
            } else {
                if (c == '\\' && i + 1 < id.length()) {
                    c = id.charAt(++i);
                }
                part.append(c);
            }
        }
        parts.add(part.toString());
        return parts;
    }
}
