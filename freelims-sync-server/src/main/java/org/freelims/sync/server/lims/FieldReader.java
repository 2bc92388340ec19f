package org.freelims.sync.server.lims;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Turns JSON values into values of a field's type, taking what FastAPI takes: numbers and truth
 * values as text too, a date where a time is asked for.
 */
final class FieldReader {
    private static final Set<String> TRUE = Set.of("true", "1", "yes", "on", "t", "y");
    private static final Set<String> FALSE = Set.of("false", "0", "no", "off", "f", "n");

    private final List<Object> location;
    private final Problems problems;

    FieldReader(List<Object> location, Problems problems) {
        this.location = location;
        this.problems = problems;
    }

    /** The value, or empty with a problem added. */
    Optional<Object> read(FieldType type, JsonNode json) {
        return switch (type) {
            case TEXT, PROSE -> text(json);
            case INTEGER -> integer(json).map(Object.class::cast);
            case NUMBER -> number(json);
            case BOOLEAN -> truth(json);
            case LOCAL_TIME, INSTANT -> time(json);
        };
    }

    private Optional<Object> text(JsonNode json) {
        if (!json.isTextual()) {
            return problem("Input should be a valid string", "string_type");
        }
        String text = json.textValue();
        Optional<String> unfit = unfit(text);
        return unfit.isPresent() ? problem(unfit.get(), "value_error") : Optional.of(text);
    }

    /** Why the database can't hold a text, if it can't. */
    static Optional<String> unfit(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\0') {
                return Optional.of("Value error, text must not contain the character U+0000");
            }
            if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return Optional.of("Value error, text must be valid Unicode");
            }
        }
        return Optional.empty();
    }

    Optional<Integer> integer(JsonNode json) {
        if (json.isTextual()) {
            return integer(json.textValue());
        }
        if (!json.isNumber()) {
            return problem("Input should be a valid integer", "int_type");
        }
        double value = json.doubleValue();
        if (value != Math.rint(value) || Double.isInfinite(value)) {
            return problem(
                    "Input should be a valid integer, got a number with a fractional part",
                    "int_from_float");
        }
        return inRange(value);
    }

    Optional<Integer> integer(String text) {
        String digits = text.strip();
        if (!digits.matches("[+-]?[0-9]{1,400}(\\.0{1,20})?")) {
            return problem(
                    "Input should be a valid integer, unable to parse string as an integer",
                    "int_parsing");
        }
        return inRange(Double.parseDouble(digits));
    }

    private Optional<Integer> inRange(double value) {
        if (value > Integer.MAX_VALUE) {
            return problem(
                    "Input should be less than or equal to " + Integer.MAX_VALUE,
                    "less_than_equal");
        }
        if (value < Integer.MIN_VALUE) {
            return problem(
                    "Input should be greater than or equal to " + Integer.MIN_VALUE,
                    "greater_than_equal");
        }
        return Optional.of((int) value);
    }

    private Optional<Object> number(JsonNode json) {
        double value;
        if (json.isNumber()) {
            value = json.doubleValue();
        } else if (json.isTextual()) {
            try {
                value = Double.parseDouble(json.textValue().strip());
            } catch (NumberFormatException e) {
                return problem(
                        "Input should be a valid number, unable to parse string as a number",
                        "float_parsing");
            }
        } else {
            return problem("Input should be a valid number", "float_type");
        }
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return problem("Input should be a finite number", "finite_number");
        }
        return Optional.of(value == 0 ? 0.0 : value); // no negative zero
    }

    private Optional<Object> truth(JsonNode json) {
        if (json.isBoolean()) {
            return Optional.of(json.booleanValue());
        }
        if (json.isTextual() || json.isIntegralNumber()) {
            String word = json.asText().strip().toLowerCase(Locale.ROOT);
            if (TRUE.contains(word)) {
                return Optional.of(true);
            }
            if (FALSE.contains(word)) {
                return Optional.of(false);
            }
            return problem(
                    "Input should be a valid boolean, unable to interpret input", "bool_parsing");
        }
        return problem("Input should be a valid boolean", "bool_type");
    }

    private Optional<Object> time(JsonNode json) {
        if (json.isNumber()) {
            return time(TimeText.ofEpoch(json.doubleValue()));
        }
        if (!json.isTextual()) {
            return problem("Input should be a valid datetime", "datetime_type");
        }
        return time(TimeText.parse(json.textValue()));
    }

    private Optional<Object> time(Optional<TimeText> read) {
        if (read.isEmpty()) {
            return problem(
                    "Input should be a valid datetime or date, such as 2026-02-28 or"
                            + " 2026-02-28T14:30:00Z",
                    "datetime_from_date_parsing");
        }
        return read.map(Object.class::cast);
    }

    private <T> Optional<T> problem(String message, String type) {
        problems.add(new Problem(location, message, type));
        return Optional.empty();
    }
}
