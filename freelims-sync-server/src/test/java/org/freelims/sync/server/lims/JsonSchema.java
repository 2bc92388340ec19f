package org.freelims.sync.server.lims;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;

/**
 * As much of JSON Schema 2020-12 as the API's description uses, read strictly: an object may have
 * no property that its schema doesn't name, and a keyword that isn't known here is an error.
 */
final class JsonSchema {
    private static final List<String> KNOWN =
            List.of(
                    "$ref",
                    "type",
                    "enum",
                    "format",
                    "required",
                    "properties",
                    "items",
                    "anyOf",
                    "description",
                    "minimum",
                    "maximum",
                    "maxLength",
                    "maxItems",
                    "default");

    private final JsonNode document;

    JsonSchema(JsonNode document) {
        this.document = document;
    }

    /** What is wrong with a value; nothing if it is as the schema says. */
    List<String> violations(JsonNode schema, JsonNode value) {
        List<String> found = new ArrayList<>();
        check(schema, value, "$", found);
        return found;
    }

    JsonNode resolve(JsonNode schema) {
        JsonNode reference = schema.path("$ref");
        return reference.isMissingNode() ? schema : document.at(reference.asText().substring(1));
    }

    private void check(JsonNode unresolved, JsonNode value, String at, List<String> found) {
        JsonNode schema = resolve(unresolved);
        schema.fieldNames()
                .forEachRemaining(
                        keyword -> {
                            if (!KNOWN.contains(keyword)) {
                                found.add(at + ": unknown keyword " + keyword);
                            }
                        });
        if (schema.has("anyOf")) {
            boolean any = false;
            for (JsonNode option : schema.path("anyOf")) {
                any |= violations(option, value).isEmpty();
            }
            if (!any) {
                found.add(at + ": fits none of anyOf: " + value);
            }
            return;
        }
        if (!typeFits(schema.path("type"), value)) {
            found.add(at + ": is " + value + " but should be " + schema.path("type"));
            return;
        }
        if (schema.has("enum") && !contains(schema.path("enum"), value)) {
            found.add(at + ": " + value + " is not in " + schema.path("enum"));
        }
        if (value.isTextual() && !formatFits(schema.path("format").asText(), value.asText())) {
            found.add(at + ": " + value + " is no " + schema.path("format").asText());
        }
        checkInside(schema, value, at, found);
    }

    private void checkInside(JsonNode schema, JsonNode value, String at, List<String> found) {
        for (int i = 0; value.isArray() && schema.has("items") && i < value.size(); i++) {
            check(schema.path("items"), value.get(i), at + "[" + i + "]", found);
        }
        if (value.isObject() && schema.has("properties")) {
            for (JsonNode name : schema.path("required")) {
                if (!value.has(name.asText())) {
                    found.add(at + ": lacks " + name.asText());
                }
            }
            value.properties()
                    .forEach(
                            field -> {
                                JsonNode property = schema.path("properties").path(field.getKey());
                                String inside = at + "." + field.getKey();
                                if (property.isMissingNode()) {
                                    found.add(inside + ": is not described");
                                } else {
                                    check(property, field.getValue(), inside, found);
                                }
                            });
        }
    }

    private static boolean typeFits(JsonNode type, JsonNode value) {
        if (type.isArray()) {
            for (JsonNode option : type) {
                if (typeFits(option, value)) {
                    return true;
                }
            }
            return false;
        }
        return switch (type.asText()) {
            case "" -> true;
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> false;
        };
    }

    private static boolean contains(JsonNode values, JsonNode value) {
        for (JsonNode candidate : values) {
            if (candidate.equals(value)) {
                return true;
            }
        }
        return false;
    }

    private static boolean formatFits(String format, String text) {
        try {
            return switch (format) {
                case "" -> true;
                case "date-time" -> OffsetDateTime.parse(text) != null;
                case "local-date-time" -> LocalDateTime.parse(text) != null;
                default -> false;
            };
        } catch (DateTimeParseException e) {
            return false;
        }
    }
}
