package org.freelims.sync.subscription;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toUnmodifiableSet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Row;
import org.freelims.sync.protocol.SyncException;
import org.jspecify.annotations.Nullable;

/**
 * What a client wants to hear of: {@code inventory}, {@code inventory/42}, {@code
 * inventory?quantity<10&unit=g}, or {@code *} for all that it may see. Immutable; equal if the
 * canonical forms are, which is if they ask for the same in any order and spelling.
 */
public final class Expression {
    /** The longest expression, in characters. */
    public static final int MAX_CHARS = 2048;

    /** The most conditions in one expression. */
    public static final int MAX_CONDITIONS = 16;

    /** The most values in one expression. */
    public static final int MAX_VALUES = 128;

    private static final String EVERYTHING = "*";
    private static final Pattern RESOURCE = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,62}");

    private final String resource;
    private final @Nullable String id;
    private final List<Condition> conditions;

    // a node may hold a million of these: names are shared, and the canonical form is written when
    // it is asked for
    private Expression(String resource, @Nullable String id, List<Condition> conditions) {
        this.resource = resource.intern();
        this.id = id;
        this.conditions = List.copyOf(conditions);
    }

    /**
     * Reads an expression.
     *
     * @throws SyncException {@link ErrorCode#BAD_EXPRESSION} if it does not read; the message says
     *     where
     */
    public static Expression parse(String text) {
        if (text.length() > MAX_CHARS) {
            throw bad("it is longer than " + MAX_CHARS + " characters");
        }
        if (text.equals(EVERYTHING)) {
            return new Expression(EVERYTHING, null, List.of());
        }
        int slash = text.indexOf('/');
        int query = text.indexOf('?');
        if (query >= 0 && (slash < 0 || query < slash)) {
            return new Expression(
                    resource(text.substring(0, query)),
                    null,
                    conditions(text.substring(query + 1)));
        }
        if (slash >= 0) {
            String id = decoded(text.substring(slash + 1), "the id");
            if (id.isEmpty()) {
                throw bad("no id follows '/'");
            }
            if (query >= 0 || text.indexOf('/', slash + 1) >= 0) {
                throw bad("'/' and '?' in an id are written %2F and %3F");
            }
            return new Expression(resource(text.substring(0, slash)), id, List.of());
        }
        return new Expression(resource(text), null, List.of());
    }

    private static String resource(String text) {
        if (!RESOURCE.matcher(text).matches()) {
            throw bad(
                    "it must start with the name of a resource (letters, digits, '_', '-', '.'), or"
                            + " be *");
        }
        return text;
    }

    private static List<Condition> conditions(String query) {
        String[] parts = query.split("&", -1);
        if (parts.length > MAX_CONDITIONS) {
            throw bad("it has more than " + MAX_CONDITIONS + " conditions");
        }
        List<Condition> conditions =
                Arrays.stream(parts)
                        .map(Expression::condition)
                        .distinct()
                        .sorted(Comparator.comparing(Condition::canonical))
                        .toList();
        if (conditions.stream().mapToInt(c -> c.values().size()).sum() > MAX_VALUES) {
            throw bad("it has more than " + MAX_VALUES + " values");
        }
        return conditions;
    }

    private static Condition condition(String text) {
        int at = 0;
        while (at < text.length() && "!<>=".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        for (Condition.Op op : Condition.Op.values()) {
            if (at > 0 && text.startsWith(op.sign, at)) {
                String field = decoded(text.substring(0, at), "a field");
                String value = text.substring(at + op.sign.length());
                if (value.chars().anyMatch(c -> "!<>=".indexOf(c) >= 0)) {
                    throw bad("'!', '<', '>' and '=' in a value are percent-encoded");
                }
                List<Condition.Operand> values = new ArrayList<>();
                for (String one : value.split(",", -1)) {
                    values.add(Condition.Operand.of(decoded(one, "a value")));
                }
                if (values.size() > 1 && op != Condition.Op.EQUAL && op != Condition.Op.NOT_EQUAL) {
                    throw bad("several values may follow = and != only; write a comma as %2C");
                }
                return new Condition(field, op, values).shared();
            }
        }
        throw bad("a condition is a field, one of = != < <= > >=, and a value");
    }

    private static String decoded(String text, String what) {
        try {
            return PercentEncoding.decode(text);
        } catch (IllegalArgumentException e) {
            throw bad("in " + what + " " + e.getMessage());
        }
    }

    private static SyncException bad(String why) {
        return new SyncException(
                ErrorCode.BAD_EXPRESSION,
                "This is no subscription expression: "
                        + why
                        + ". Examples: inventory, inventory/42, inventory?quantity<10&unit=g, *");
    }

    /** Returns whether this asks for all resources. */
    public boolean isEverything() {
        return resource.equals(EVERYTHING);
    }

    /** Returns the resource, or {@code *}. */
    public String resource() {
        return resource;
    }

    /** Returns the one record asked for, if it is one. */
    public Optional<String> id() {
        return Optional.ofNullable(id);
    }

    /** Returns the fields that the filter looks at; empty if there is no filter. */
    public Set<String> filterFields() {
        return conditions.stream().map(Condition::field).collect(toUnmodifiableSet());
    }

    List<Condition> conditions() {
        return conditions;
    }

    /** Returns whether the expression has a filter, so that rows must be read. */
    public boolean hasFilter() {
        return !conditions.isEmpty();
    }

    /** Returns whether a row of the resource passes the filter; without one every row does. */
    public boolean matches(Row row) {
        for (Condition condition : conditions) {
            if (!condition.matches(row)) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether the expression asks for this record, its filter apart. */
    public boolean covers(String resource, String id) {
        return isEverything()
                || (this.resource.equals(resource) && (this.id == null || this.id.equals(id)));
    }

    /** Returns the canonical form, which is the subscription's name on the wire. */
    @Override
    public String toString() {
        if (id != null) {
            return resource + '/' + PercentEncoding.encode(id);
        }
        return conditions.isEmpty()
                ? resource
                : resource
                        + conditions.stream()
                                .map(Condition::canonical)
                                .collect(joining("&", "?", ""));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Expression expression
                && resource.equals(expression.resource)
                && Objects.equals(id, expression.id)
                && conditions.equals(expression.conditions);
    }

    @Override
    public int hashCode() {
        return (31 * resource.hashCode() + Objects.hashCode(id)) * 31 + conditions.hashCode();
    }
}
