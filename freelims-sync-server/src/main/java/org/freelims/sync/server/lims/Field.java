package org.freelims.sync.server.lims;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A column that clients may set.
 *
 * @param required whether a new record needs it, and it can't be emptied later
 * @param conflict what to say when another record has the same value; empty if it needn't be unique
 * @param choices the values allowed; none listed means any
 * @param minimum the least number allowed, if any
 * @param email whether it holds an e-mail address
 */
record Field(
        String name,
        FieldType type,
        boolean required,
        String conflict,
        List<String> choices,
        OptionalDouble minimum,
        boolean email) {
    Field {
        choices = List.copyOf(choices);
    }

    static Field of(String name, FieldType type) {
        return new Field(name, type, false, "", List.of(), OptionalDouble.empty(), false);
    }

    static Field text(String name) {
        return of(name, FieldType.TEXT);
    }

    static Field prose(String name) {
        return of(name, FieldType.PROSE);
    }

    Field asRequired() {
        return new Field(name, type, true, conflict, choices, minimum, email);
    }

    Field unique(String conflictMessage) {
        return new Field(name, type, required, conflictMessage, choices, minimum, email);
    }

    Field oneOf(String... allowed) {
        return new Field(name, type, required, conflict, List.of(allowed), minimum, email);
    }

    Field atLeast(double least) {
        return new Field(name, type, required, conflict, choices, OptionalDouble.of(least), email);
    }

    Field asEmail() {
        return new Field(name, type, required, conflict, choices, minimum, true);
    }

    boolean isUnique() {
        return !conflict.isEmpty();
    }

    /** What is wrong with a value of the right type, if anything. */
    Optional<Problem> objectionTo(Object value) {
        if (value instanceof String text) {
            return objectionTo(text);
        }
        if (minimum.isPresent()
                && value instanceof Number number
                && number.doubleValue() < minimum.getAsDouble()) {
            return problem(
                    "Input should be greater than or equal to " + plain(minimum.getAsDouble()),
                    "greater_than_equal");
        }
        return Optional.empty();
    }

    private Optional<Problem> objectionTo(String text) {
        int maximum =
                type == FieldType.PROSE ? FieldType.MAX_PROSE_CHARS : FieldType.MAX_TEXT_CHARS;
        if (text.length() > maximum) {
            return problem(
                    "String should have at most " + maximum + " characters", "string_too_long");
        }
        if (required && text.isBlank()) {
            return problem("String should have at least 1 character", "string_too_short");
        }
        if (!choices.isEmpty() && !choices.contains(text)) {
            return problem("Input should be " + quoted(choices), "literal_error");
        }
        if (isUnique() && text.chars().anyMatch(Character::isISOControl)) {
            return problem("Value error, must not contain control characters", "value_error");
        }
        if (email && !looksLikeEmail(text)) {
            return problem(
                    "value is not a valid email address: it needs a name, one @-sign and a domain",
                    "value_error");
        }
        return Optional.empty();
    }

    private Optional<Problem> problem(String message, String problemType) {
        return Optional.of(Problem.at("body", name, message, problemType));
    }

    private static boolean looksLikeEmail(String text) {
        int at = text.indexOf('@');
        return at > 0
                && at == text.lastIndexOf('@')
                && at < text.length() - 1
                && text.chars().noneMatch(c -> Character.isWhitespace(c) || c < ' ');
    }

    private static String quoted(List<String> values) {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < values.size(); i++) {
            all.append(i == 0 ? "" : i == values.size() - 1 ? " or " : ", ");
            all.append('\'').append(values.get(i)).append('\'');
        }
        return all.toString();
    }

    private static String plain(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }
}
