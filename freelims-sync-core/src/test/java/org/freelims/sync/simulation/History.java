package org.freelims.sync.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.freelims.sync.log.Change;
import org.freelims.sync.protocol.Action;

/**
 * All that was ever committed, and what it means for each subscription by each view, worked out a
 * second time and in the plainest way: rows are {@code {"id":7,"q":12}} and the only filter is on
 * {@code q}.
 */
final class History {
    /** What a subscription must be told of one change. */
    record Expected(long offset, String kind, String resource, String id, String data) {}

    private final Map<String, List<Change>> byEpoch = new HashMap<>();

    void add(Change change) {
        byEpoch.computeIfAbsent(change.position().epoch(), e -> new ArrayList<>()).add(change);
    }

    /** Returns what the subscription must be told next after this offset. */
    Optional<Expected> next(
            String epoch, long after, String expression, SimulatedRights.Sight sight) {
        List<Change> changes = byEpoch.getOrDefault(epoch, List.of());
        for (int i = (int) after; i < changes.size(); i++) {
            Optional<Expected> expected = expected(changes.get(i), expression, sight);
            if (expected.isPresent()) {
                return expected;
            }
        }
        return Optional.empty();
    }

    private static Optional<Expected> expected(
            Change change, String expression, SimulatedRights.Sight sight) {
        if (!sight.allows(change.resource())) {
            return Optional.empty();
        }
        if (!expression.equals("*") && !resourceOf(expression).equals(change.resource())) {
            return Optional.empty();
        }
        if (change.action() == Action.TRUNCATE) {
            return Optional.of(of(change, "resync"));
        }
        int slash = expression.indexOf('/');
        if (slash >= 0 && !expression.substring(slash + 1).equals(change.id())) {
            return Optional.empty();
        }
        if (passes(change.data(), expression, sight)) {
            return Optional.of(of(change, change.action().wire()));
        }
        boolean passedBefore =
                change.action() == Action.UPDATE
                        && (change.before().contains("\"q\"")
                                ? passes(change.before(), expression, sight)
                                : passes(change.data(), expression, sight));
        return passedBefore ? Optional.of(of(change, "left")) : Optional.empty();
    }

    private static Expected of(Change change, String kind) {
        boolean silent = kind.equals("left") || kind.equals("resync");
        return new Expected(
                change.position().offset(),
                kind,
                change.resource(),
                change.id(),
                silent ? "" : change.data());
    }

    static String resourceOf(String expression) {
        return expression.split("[/?]", 2)[0];
    }

    private static boolean passes(String row, String expression, SimulatedRights.Sight sight) {
        int less = expression.indexOf("?q<");
        return q(row) < sight.below()
                && (less < 0 || q(row) < Integer.parseInt(expression.substring(less + 3)));
    }

    private static int q(String row) {
        int start = row.indexOf("\"q\":") + 4;
        return Integer.parseInt(row.substring(start, row.indexOf('}', start)));
    }

    /** Returns the rows, by resource and id, that a snapshot at this offset must hold. */
    Map<String, String> rows(
            String epoch, long at, String expression, SimulatedRights.Sight sight) {
        Map<String, String> rows = new TreeMap<>();
        for (Change change : byEpoch.getOrDefault(epoch, List.of()).subList(0, (int) at)) {
            switch (change.action()) {
                case CREATE, UPDATE ->
                        rows.put(change.resource() + '/' + change.id(), change.data());
                case DELETE -> rows.remove(change.resource() + '/' + change.id());
                case TRUNCATE ->
                        rows.keySet().removeIf(key -> key.startsWith(change.resource() + '/'));
            }
        }
        rows.entrySet()
                .removeIf(
                        row ->
                                !(expression.equals("*")
                                                || expression.equals(row.getKey())
                                                || (resourceOf(expression)
                                                                .equals(resourceOf(row.getKey()))
                                                        && expression.indexOf('/') < 0))
                                        || !sight.allows(resourceOf(row.getKey()))
                                        || !passes(row.getValue(), expression, sight));
        return rows;
    }

    long length(String epoch) {
        return byEpoch.getOrDefault(epoch, List.of()).size();
    }
}
