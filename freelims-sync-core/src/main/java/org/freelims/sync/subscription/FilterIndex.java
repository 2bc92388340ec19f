package org.freelims.sync.subscription;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
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

    private final Map<String, Map<String, List<Feed>>> byField = new HashMap<>();
    private final List<Feed> unindexed = new ArrayList<>();

    void add(Feed feed) {
        keys(feed)
                .ifPresentOrElse(
                        key ->
                                key.values()
                                        .forEach(
                                                value ->
                                                        byField.computeIfAbsent(
                                                                        key.field(),
                                                                        f -> new HashMap<>())
                                                                .computeIfAbsent(
                                                                        value,
                                                                        v -> new ArrayList<>(1))
                                                                .add(feed)),
                        () -> unindexed.add(feed));
    }

    void remove(Feed feed) {
        keys(feed)
                .ifPresentOrElse(
                        key -> key.values().forEach(value -> remove(key.field(), value, feed)),
                        () -> unindexed.remove(feed));
    }

    private void remove(String field, String value, Feed feed) {
        byField.computeIfPresent(
                field,
                (f, byValue) -> {
                    byValue.computeIfPresent(
                            value,
                            (v, feeds) -> {
                                feeds.remove(feed);
                                return feeds.isEmpty() ? null : feeds;
                            });
                    return byValue.isEmpty() ? null : byValue;
                });
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
        byField.values().forEach(byValue -> byValue.values().forEach(into::addAll));
    }

    private void collect(Row row, Set<Feed> into) {
        byField.forEach(
                (field, byValue) -> {
                    List<Feed> feeds = byValue.get(key(row.field(field)));
                    if (feeds != null) {
                        into.addAll(feeds);
                    }
                });
    }

    private record Keys(String field, Set<String> values) {}

    private static Optional<Keys> keys(Feed feed) {
        return feed.expression().conditions().stream()
                .filter(condition -> condition.op() == Condition.Op.EQUAL)
                .findFirst()
                .map(condition -> new Keys(condition.field(), keys(condition)));
    }

    private static Set<String> keys(Condition condition) {
        Set<String> keys = new LinkedHashSet<>();
        for (Condition.Operand operand : condition.values()) {
            if (operand.isNull()) {
                keys.add(NULL_KEY);
            }
            keys.add("=" + operand.text());
            operand.number().ifPresent(number -> keys.add(numberKey(number)));
        }
        return keys;
    }

    private static String key(Optional<Value> held) {
        if (held.isEmpty() || held.get() instanceof Value.Null) {
            return NULL_KEY;
        }
        if (held.get() instanceof Value.Num num) {
            return numberKey(num.value());
        }
        if (held.get() instanceof Value.Text text) {
            return "=" + text.value();
        }
        return held.get() instanceof Value.Bool bool ? "=" + bool.value() : "";
    }

    private static String numberKey(java.math.BigDecimal number) {
        return "#" + number.stripTrailingZeros();
    }
}
