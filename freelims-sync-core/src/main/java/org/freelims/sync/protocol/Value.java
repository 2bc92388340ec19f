package org.freelims.sync.protocol;

import java.math.BigDecimal;

/** What a field of a row holds. Immutable. */
public sealed interface Value {
    /** JSON {@code null}. */
    enum Null implements Value {
        NULL
    }

    /** {@code true} or {@code false}. */
    record Bool(boolean value) implements Value {}

    /** A number, exactly as written. */
    record Num(BigDecimal value) implements Value {}

    /** A text. */
    record Text(String value) implements Value {}

    /** An array or object, as JSON text. */
    record Nested(String json) implements Value {}
}
