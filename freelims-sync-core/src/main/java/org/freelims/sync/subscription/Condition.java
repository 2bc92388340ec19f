package org.freelims.sync.subscription;

import static java.util.stream.Collectors.joining;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.freelims.sync.protocol.Row;
import org.freelims.sync.protocol.Value;
import org.jspecify.annotations.Nullable;

/**
 * One condition of a filter, {@code field op value}. Immutable.
 *
 * <p>A JSON number compares with a value that reads as one as numbers do; text, and {@code true}
 * and {@code false}, compare as text by UTF-16 code units; arrays and objects equal nothing. {@code
 * null} equals JSON null and a field that is not there, and is neither less nor greater than
 * anything. {@code !=} is true exactly where {@code =} is false.
 *
 * <p>Several values may follow {@code =} (any of them) and {@code !=} (none of them).
 */
final class Condition {
    enum Op {
        NOT_EQUAL("!="),
        AT_MOST("<="),
        AT_LEAST(">="),
        EQUAL("="),
        LESS("<"),
        GREATER(">");

        final String sign;

        Op(String sign) {
            this.sign = sign;
        }
    }

    /** What is compared with: a text, and the number that it reads as, if it does. Immutable. */
    static final class Operand implements Comparable<Operand> {
        private final String text;
        private @Nullable Object
                number; // read when first asked for: a BigDecimal, or this if it is none

        private Operand(String text) {
            this.text = text;
        }

        static Operand of(String text) {
            return new Operand(text);
        }

        /** Returns the text as given; {@code null} is the null. */
        String text() {
            return text;
        }

        /** Returns the same as a number, if it reads as one. */
        Optional<BigDecimal> number() {
            Object read = number;
            if (read == null) {
                read = read();
                number = read; // whoever reads it at the same time reads the same
            }
            return read instanceof BigDecimal found ? Optional.of(found) : Optional.empty();
        }

        private Object read() {
            try {
                return new BigDecimal(text);
            } catch (NumberFormatException e) {
                return this;
            }
        }

        boolean isNull() {
            return text.equals("null");
        }

        @Override
        public int compareTo(Operand other) {
            return text.compareTo(other.text);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Operand operand && text.equals(operand.text);
        }

        @Override
        public int hashCode() {
            return text.hashCode();
        }
    }

    /**
     * Conditions met lately, by hash: very many filters have one in common. Whichever of equal ones
     * is found there makes no difference, so nothing guards it.
     */
    private static final @Nullable Condition[] RECENT = new @Nullable Condition[256];

    private final String field;
    private final Op op;
    private final Object values; // an Operand, or a List<Operand> of several, sorted: most have one

    Condition(String field, Op op, List<Operand> values) {
        this.field = field.intern();
        this.op = op;
        List<Operand> distinct = values.stream().sorted().distinct().toList();
        this.values = distinct.size() == 1 ? distinct.get(0) : List.copyOf(distinct);
    }

    /** Returns this condition, or one like it that others hold already. */
    Condition shared() {
        int place = (hashCode() * 0x9E3779B9) >>> 24;
        Condition recent = RECENT[place];
        if (equals(recent)) {
            return recent;
        }
        RECENT[place] = this;
        return this;
    }

    /** Returns the field's name. */
    String field() {
        return field;
    }

    Op op() {
        return op;
    }

    /** Returns the values, in order and each once. */
    @SuppressWarnings("unchecked") // only the constructor puts a list there
    List<Operand> values() {
        return values instanceof Operand only ? List.of(only) : (List<Operand>) values;
    }

    boolean matches(Row row) {
        Optional<Value> held = row.field(field);
        return switch (op) {
            case EQUAL -> equalsAny(held);
            case NOT_EQUAL -> !equalsAny(held);
            case LESS -> compares(held, -1, -1);
            case AT_MOST -> compares(held, -1, 0);
            case GREATER -> compares(held, 1, 1);
            case AT_LEAST -> compares(held, 1, 0);
        };
    }

    private boolean equalsAny(Optional<Value> held) {
        if (values instanceof Operand only) {
            return equals(held, only);
        }
        for (Operand one : values()) {
            if (equals(held, one)) {
                return true;
            }
        }
        return false;
    }

    private static boolean equals(Optional<Value> held, Operand operand) {
        return isNull(held)
                ? operand.isNull()
                : Integer.valueOf(0).equals(compare(held.get(), operand));
    }

    private boolean compares(Optional<Value> held, int sign, int orSign) {
        if (isNull(held)) {
            return false;
        }
        Integer order = compare(held.get(), values().get(0));
        return order != null && (Integer.signum(order) == sign || Integer.signum(order) == orSign);
    }

    private static boolean isNull(Optional<Value> held) {
        return held.isEmpty() || held.get() instanceof Value.Null;
    }

    /** Returns how the two compare, or null where they do not. */
    private static @Nullable Integer compare(Value held, Operand operand) {
        if (held instanceof Value.Num num) {
            return operand.number().map(num.value()::compareTo).orElse(null);
        }
        if (held instanceof Value.Text text) {
            return text.value().compareTo(operand.text());
        }
        if (held instanceof Value.Bool bool) {
            return Boolean.toString(bool.value()).compareTo(operand.text());
        }
        return null;
    }

    /** Returns the one spelling of this condition. */
    String canonical() {
        return PercentEncoding.encode(field)
                + op.sign
                + values().stream()
                        .map(operand -> PercentEncoding.encode(operand.text()))
                        .collect(joining(","));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Condition condition
                && field.equals(condition.field)
                && op == condition.op
                && values.equals(condition.values);
    }

    @Override
    public int hashCode() {
        return (31 * field.hashCode() + op.sign.hashCode()) * 31 + values.hashCode();
    }

    @Override
    public String toString() {
        return canonical();
    }
}
