package org.freelims.sync.server.postgres;

import java.util.List;

/**
 * A table whose changes are captured. Immutable.
 *
 * @param table its schema and name, quoted where SQL needs that
 * @param keyColumns what a record's id is formed from: the value as text; of several columns, all
 *     with a comma between, a comma or backslash within a value having a backslash before it
 * @param fields the columns that changes and snapshots have, in the table's order
 */
public record CapturedTable(
        String resource,
        String table,
        List<String> keyColumns,
        List<String> excludedColumns,
        List<String> fields) {
    public CapturedTable {
        keyColumns = List.copyOf(keyColumns);
        excludedColumns = List.copyOf(excludedColumns);
        fields = List.copyOf(fields);
    }
}
