package org.freelims.sync.protocol;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.Optional;

/**
 * A record's fields, read from JSON object text. Thread-safe; read once, when a filter, a redaction
 * or a row's visibility needs it.
 */
public final class Row {
    private final ObjectNode fields;

    private Row(ObjectNode fields) {
        this.fields = fields;
    }

    /**
     * Reads a row.
     *
     * @throws IllegalArgumentException if the text is not a JSON object
     */
    public static Row parse(String json) {
        try {
            if (Json.MAPPER.readTree(requireNonNull(json, "json")) instanceof ObjectNode object) {
                return new Row(object);
            }
        } catch (JsonProcessingException e) {
            // without the cause: its text would quote the record
            throw new IllegalArgumentException("a row's text does not read as JSON");
        }
        throw new IllegalArgumentException("a row's text is not a JSON object");
    }

    /** Returns what the field holds; empty if the row has no such field. */
    public Optional<Value> field(String name) {
        JsonNode node = fields.get(name);
        return node == null ? Optional.empty() : Optional.of(value(node));
    }

    private static Value value(JsonNode node) {
        return switch (node.getNodeType()) {
            case NULL, MISSING -> Value.Null.NULL;
            case BOOLEAN -> new Value.Bool(node.booleanValue());
            case NUMBER -> new Value.Num(node.decimalValue());
            case STRING -> new Value.Text(node.textValue());
            default -> new Value.Nested(node.toString());
        };
    }

    /** Returns this row with {@code over}'s fields in place of its own. */
    public Row overlaid(Row over) {
        ObjectNode both = fields.deepCopy();
        both.setAll(over.fields);
        return new Row(both);
    }

    /** Returns this row without these fields. */
    public Row without(Collection<String> names) {
        return new Row(fields.deepCopy().without(names));
    }

    /** Returns the row as JSON object text. */
    public String json() {
        try {
            return Json.MAPPER.writeValueAsString(fields);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree that was read can be written", e);
        }
    }

    /** Two rows are equal if their fields hold the same, in any order. */
    @Override
    public boolean equals(@org.jspecify.annotations.Nullable Object other) {
        return other instanceof Row row && fields.equals(row.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    /** Leaves the contents out: rows are confidential. */
    @Override
    public String toString() {
        return "Row[" + fields.size() + " fields]";
    }
}
