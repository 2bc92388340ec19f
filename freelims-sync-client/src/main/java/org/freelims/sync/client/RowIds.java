package org.freelims.sync.client;

import java.util.List;
import java.util.stream.Collectors;
import org.freelims.sync.protocol.Row;
import org.freelims.sync.protocol.Value;

/** A record's id from its row, as the server forms it. Immutable. */
record RowIds(List<String> fields) {
    String of(String resource, Row row) {
        if (fields.size() == 1) {
            return text(resource, row, fields.get(0));
        }
        return fields.stream()
                .map(field -> text(resource, row, field))
                .map(text -> text.replace("\\", "\\\\").replace(",", "\\,"))
                .collect(Collectors.joining(","));
    }

    private static String text(String resource, Row row, String field) {
        Value value =
                row.field(field)
                        .orElseThrow(
                                () ->
                                        new IllegalStateException(
                                                "a row of "
                                                        + resource
                                                        + " has no field "
                                                        + field
                                                        + "; say with idFields(...) what its id is"
                                                        + " made of"));
        if (value instanceof Value.Text text) {
            return text.value();
        }
        if (value instanceof Value.Num number) {
            return number.value().toPlainString();
        }
        throw new IllegalStateException(
                "the field " + field + " of " + resource + " holds no text and no number");
    }
}
