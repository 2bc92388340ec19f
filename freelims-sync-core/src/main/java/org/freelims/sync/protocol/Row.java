package org.freelims.sync.protocol;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A record's fields, read from JSON object text. Immutable; read once, when a filter, a redaction
 * or a row's visibility needs it.
 *
 * <p>Only the outermost level is read: a field keeps its text as it stands, however deep or long,
 * and is looked into when it is asked for.
 */
public final class Row {
    private final Map<String, String> fields;

    private Row(Map<String, String> fields) {
        this.fields = fields;
    }

    /**
     * Reads a row.
     *
     * @throws IllegalArgumentException if the text is not a JSON object
     */
    public static Row parse(String json) {
        requireNonNull(json, "json");
        Map<String, String> fields = new LinkedHashMap<>();
        try (JsonParser parser = Json.ROWS.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("a row's text is not a JSON object");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                fields.put(name, Json.slice(parser, json));
            }
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("something follows a row's JSON object");
            }
        } catch (IOException e) {
            // without the cause: its text would quote the record
            throw new IllegalArgumentException("a row's text does not read as JSON");
        }
        return new Row(fields);
    }

    /** Returns what the field holds; empty if the row has no such field. */
    public Optional<Value> field(String name) {
        return Optional.ofNullable(fields.get(name)).map(Row::value);
    }

    private static Value value(String text) {
        try (JsonParser parser = Json.ROWS.createParser(text)) {
            return switch (parser.nextToken()) {
                case VALUE_NULL -> Value.Null.NULL;
                case VALUE_TRUE -> new Value.Bool(true);
                case VALUE_FALSE -> new Value.Bool(false);
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
                        new Value.Num(parser.getDecimalValue());
                case VALUE_STRING -> new Value.Text(parser.getText());
                default -> new Value.Nested(text);
            };
        } catch (IOException e) {
            throw new IllegalStateException("what was read once can be read again");
        }
    }

    /** Returns each field's JSON text, by name. */
    Map<String, String> texts() {
        return fields;
    }

    /** Returns this row with {@code over}'s fields in place of its own. */
    public Row overlaid(Row over) {
        Map<String, String> both = new LinkedHashMap<>(fields);
        both.putAll(over.fields);
        return new Row(both);
    }

    /** Returns this row without these fields. */
    public Row without(Collection<String> names) {
        Map<String, String> fewer = new LinkedHashMap<>(fields);
        fewer.keySet().removeAll(names);
        return new Row(fewer);
    }

    /** Returns the row as JSON object text, each field's text as it was. */
    public String json() {
        StringBuilder json = new StringBuilder("{");
        fields.forEach(
                (name, text) -> {
                    if (json.length() > 1) {
                        json.append(',');
                    }
                    Json.quote(json, name).append(':').append(text);
                });
        return json.append('}').toString();
    }

    /** Two rows are equal if their fields have the same text, in any order. */
    @Override
    public boolean equals(@Nullable Object other) {
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
