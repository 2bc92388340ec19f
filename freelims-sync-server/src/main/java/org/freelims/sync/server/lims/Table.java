package org.freelims.sync.server.lims;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One table of the LIMS as the API reads and writes it.
 *
 * @param name the table
 * @param noun what one row is called when speaking to people: {@code Chemical}
 * @param select a query without WHERE whose rows are what clients get; the table's alias is {@code
 *     t}
 * @param fields what clients may set
 * @param stamped whether it has an {@code updated_at}
 * @param nested the resources of records that the query puts into a row, by the column they are in
 */
record Table(
        String name,
        String noun,
        String select,
        List<Field> fields,
        boolean stamped,
        Map<String, String> nested) {
    Table {
        fields = List.copyOf(fields);
        nested = Map.copyOf(nested);
    }

    static Table of(String name, String noun, Field... fields) {
        return new Table(
                name, noun, "SELECT t.* FROM " + name + " t", List.of(fields), true, Map.of());
    }

    Table selecting(String query) {
        return new Table(name, noun, query, fields, stamped, nested);
    }

    Table unstamped() {
        return new Table(name, noun, select, fields, false, nested);
    }

    Table nesting(Map<String, String> resources) {
        return new Table(name, noun, select, fields, stamped, resources);
    }

    Optional<Field> field(String fieldName) {
        return fields.stream().filter(field -> field.name().equals(fieldName)).findFirst();
    }
}
