package org.freelims.sync.server.lims;

import java.util.List;
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
 */
record Table(String name, String noun, String select, List<Field> fields, boolean stamped) {
    Table {
        fields = List.copyOf(fields);
    }

    static Table of(String name, String noun, Field... fields) {
        return new Table(name, noun, "SELECT t.* FROM " + name + " t", List.of(fields), true);
    }

    Table selecting(String query) {
        return new Table(name, noun, query, fields, stamped);
    }

    Table unstamped() {
        return new Table(name, noun, select, fields, false);
    }

    Optional<Field> field(String fieldName) {
        return fields.stream().filter(field -> field.name().equals(fieldName)).findFirst();
    }
}
