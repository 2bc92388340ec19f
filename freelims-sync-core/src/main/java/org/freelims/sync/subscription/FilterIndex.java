package org.freelims.sync.subscription;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.Row;
import org.freelims.sync.protocol.Value;

/**
 * The feeds of one resource that have a filter, found by one of their {@code field=value}
 * conditions; those without such a condition are candidates for every change. Confined to the hub's
 * loop.
 */
final class FilterIndex {
    private static final String NULL_KEY = "null";

    /** Up to so many digits a number is written out to be looked up. */
    private static final int PLAIN_DIGITS = 30;

    private final Map<String, FeedsByKey> byField = new HashMap<>();
    private final Set<Feed> unindexed = new LinkedHashSet<>();

    void add(Feed feed) {
        keyed(feed)
                .ifPresentOrElse(
                        condition -> {
                            FeedsByKey byValue =
                                    byField.computeIfAbsent(
                                            condition.field(), f -> new FeedsByKey());
                            keys(condition).forEach(value -> byValue.add(value, feed));
                        },
                        () -> unindexed.add(feed));
    }

    void remove(Feed feed) {
        keyed(feed)
                .ifPresentOrElse(
                        condition ->
                                byField.computeIfPresent(
                                        condition.field(),
                                        (field, byValue) -> {
                                            keys(condition)
                                                    .forEach(value -> byValue.remove(value, feed));
                                            return byValue.isEmpty() ? null : byValue;
                                        }),
                        () -> unindexed.remove(feed));
    }

    boolean isEmpty() {
        return byField.isEmpty() && unindexed.isEmpty();
    }

    /** Adds the feeds whose filter this change's row may pass, or may have passed before. */
    void collect(LoggedChange logged, Set<Feed> into) {
        into.addAll(unindexed);
        if (byField.isEmpty()) {
            return;
        }
        collect(logged.row(), into);
        if (logged.change().action() == Action.UPDATE) {
            collect(logged.rowBefore(), into);
        }
    }

    /** Adds all feeds. */
    void collectAll(Set<Feed> into) {
        into.addAll(unindexed);
        byField.values().forEach(byValue -> byValue.collectAll(into));
    }

    private void collect(Row row, Set<Feed> into) {
        byField.forEach((field, byValue) -> into.addAll(byValue.find(key(row.field(field)))));
    }

    /** Returns the condition by which the feed is found, if it has one that can be looked up. */
    private static Optional<Condition> keyed(Feed feed) {
        for (Condition condition : feed.expression().conditions()) {
            if (condition.op() == Condition.Op.EQUAL) {
                return Optional.of(condition);
            }
        }
        return Optional.empty();
    }

    /**
     * Returns the keys of all that the condition may equal. A number and the text that looks like
     * it have the same key where they can: what is found is matched all the same.
     */
    private static Set<String> keys(Condition condition) {
        Set<String> keys = new LinkedHashSet<>();
        for (Condition.Operand operand : condition.values()) {
            keys.add(operand.text());
            if (!isPlainInteger(operand.text())) {
                operand.number().ifPresent(number -> keys.add(key(number)));
            }
        }
        return keys;
    }

    private static String key(Optional<Value> held) {
        if (held.isEmpty() || held.get() instanceof Value.Null) {
            return NULL_KEY;
        }
        if (held.get() instanceof Value.Num num) {
            return key(num.value());
        }
        if (held.get() instanceof Value.Text text) {
            return text.value();
        }
        return held.get() instanceof Value.Bool bool ? String.valueOf(bool.value()) : "";
    }

    private static String key(BigDecimal number) {
        BigDecimal stripped = number.stripTrailingZeros();
        boolean isShort =
                Math.abs((long) stripped.scale()) <= PLAIN_DIGITS
                        && stripped.precision() <= PLAIN_DIGITS;
        return isShort ? stripped.toPlainString() : stripped.toString();
    }

    /**
     * Returns whether this is how {@link #key(BigDecimal)} writes the number, without reading it.
     */
    private static boolean isPlainInteger(String text) {
        if (text.isEmpty() || text.length() > PLAIN_DIGITS || text.charAt(0) == '0') {
            return text.equals("0");
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }
}
