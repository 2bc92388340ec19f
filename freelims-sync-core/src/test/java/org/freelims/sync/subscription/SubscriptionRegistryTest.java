package org.freelims.sync.subscription;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.freelims.sync.access.View;
import org.freelims.sync.log.Change;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.Row;
import org.freelims.sync.transport.Frame;
import org.junit.jupiter.api.Test;

class SubscriptionRegistryTest {
    private static final long SEED = 7;
    private static final int ROUNDS = 3000;
    private static final List<String> HELD =
            List.of(
                    "7",
                    "7.0",
                    "70e-1",
                    "\"7\"",
                    "\"7.0\"",
                    "0",
                    "-0.0",
                    "-5",
                    "100",
                    "1e2",
                    "1e40",
                    "null",
                    "\"null\"",
                    "true",
                    "\"true\"",
                    "\"\"",
                    "[7]",
                    "\"x\"");
    private static final List<String> ASKED =
            List.of(
                    "7", "7.0", "70e-1", "0", "-0", "-5", "100", "1E2", "1e40", "null", "true", "",
                    "x", "007");

    private final Random random = new Random(SEED);
    private final SubscriptionRegistry registry = new SubscriptionRegistry();
    private final Map<String, Joined> feeds = new TreeMap<>();
    private long offset = 1;

    private record Joined(Feed feed, Feed.Member member) {}

    private static final class Nobody implements Feed.Member {
        private int place;

        @Override
        public int place() {
            return place;
        }

        @Override
        public void place(int next) {
            place = next;
        }
    }

    /** Rule 1's other half: not only in order, but to each whom it concerns and nobody else. */
    @Test
    void publish_ofAnyChange_tellsExactlyTheFeedsItConcerns() {
        for (int round = 0; round < ROUNDS; round++) {
            if (random.nextBoolean()) {
                joinOrLeave();
            }
            Change change = change();
            Map<String, Frame.Kind> told = new TreeMap<>();
            registry.publish(
                    new LoggedChange(change),
                    (feed, frame) -> told.put(feed.expression().toString(), frame.kind()));
            assertEquals(expected(change), told, () -> change + " " + change.data());
            assertEquals(feeds.size(), registry.feedCount());
        }
    }

    @Test
    void leave_byAllMembers_leavesNothing() {
        for (int i = 0; i < ROUNDS; i++) {
            joinOrLeave();
        }
        feeds.values().forEach(one -> registry.leave(one.feed(), one.member()));
        assertEquals(0, registry.feedCount());
        registry.publish(
                new LoggedChange(change()),
                (feed, frame) -> {
                    throw new AssertionError(feed.expression() + " was told");
                });
    }

    @Test
    void join_bySeveralViews_tellsEach() {
        Expression one = Expression.parse("a/1");
        List<Feed> joined = new ArrayList<>();
        for (View view :
                List.of(
                        View.everything(),
                        View.of(Set.of("a")),
                        View.of(Set.of("a", "b")),
                        View.of(Set.of("b")))) {
            joined.add(registry.join(one, view, new Nobody(), Position.of("e", 1), 1));
        }
        List<Feed> told = new ArrayList<>();
        registry.publish(new LoggedChange(update("a", "1", "{}")), (f, frame) -> told.add(f));
        assertEquals(joined.subList(0, 3), told);
    }

    private void joinOrLeave() {
        Expression expression = Expression.parse(expression());
        String name = expression.toString();
        Joined known = feeds.remove(name);
        if (known != null) {
            registry.leave(known.feed(), known.member());
            return;
        }
        Nobody member = new Nobody();
        Feed feed = registry.join(expression, View.everything(), member, Position.of("e", 1), 1);
        feeds.put(name, new Joined(feed, member));
    }

    private String expression() {
        String resource = random.nextBoolean() ? "a" : "b";
        return switch (random.nextInt(8)) {
            case 0 -> resource;
            case 1 -> "*";
            case 2, 3 -> resource + '/' + random.nextInt(5);
            case 4 -> resource + "?f=" + asked() + ',' + asked();
            case 5 -> resource + "?f>" + asked();
            default -> resource + "?g" + (random.nextBoolean() ? "=" : "!=") + asked();
        };
    }

    private String asked() {
        return ASKED.get(random.nextInt(ASKED.size()));
    }

    private Change change() {
        String resource = random.nextBoolean() ? "a" : "b";
        return update(resource, String.valueOf(random.nextInt(5)), row());
    }

    private Change update(String resource, String id, String before) {
        offset++;
        return new Change(
                Position.of("e", offset),
                "1",
                true,
                resource,
                id,
                random.nextInt(4) == 0 ? Action.CREATE : Action.UPDATE,
                row(),
                before,
                Instant.EPOCH,
                Optional.empty(),
                Optional.empty());
    }

    private String row() {
        return "{\"f\":" + held() + (random.nextBoolean() ? ",\"g\":" + held() : "") + "}";
    }

    private String held() {
        return HELD.get(random.nextInt(HELD.size()));
    }

    /** Asks every feed, as if there were no index. */
    private Map<String, Frame.Kind> expected(Change change) {
        Row row = Row.parse(change.data());
        Row before = row.overlaid(Row.parse(change.before()));
        Map<String, Frame.Kind> expected = new TreeMap<>();
        for (Joined one : feeds.values()) {
            Expression asked = one.feed().expression();
            if (!asked.covers(change.resource(), change.id())) {
                continue;
            }
            if (asked.matches(row)) {
                expected.put(asked.toString(), Frame.Kind.NOTIFICATION);
            } else if (change.action() == Action.UPDATE && asked.matches(before)) {
                expected.put(asked.toString(), Frame.Kind.LEFT);
            }
        }
        return expected;
    }
}
