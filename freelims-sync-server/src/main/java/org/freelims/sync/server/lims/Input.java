package org.freelims.sync.server.lims;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The values for one record that a request brought, of the right types. Immutable. */
record Input(List<Value> values) {
    Input {
        values = List.copyOf(values);
    }

    /**
     * @param value a {@code String}, {@code Integer}, {@code Double}, {@code Boolean} or {@link
     *     TimeText}; {@code null} empties the column
     * @param objection what is wrong with it; forgiven where the record has this very value already
     */
    record Value(Field field, @Nullable Object value, Optional<Problem> objection) {}

    /** The value for a field, if one was sent that is not none. */
    Optional<Object> get(String field) {
        for (Value candidate : values) {
            if (candidate.field().name().equals(field) && candidate.value() != null) {
                return Optional.of(candidate.value());
            }
        }
        return Optional.empty();
    }

    Optional<Integer> integer(String field) {
        return get(field).map(Integer.class::cast);
    }

    Input without(String field) {
        return new Input(
                values.stream().filter(value -> !value.field().name().equals(field)).toList());
    }
}
