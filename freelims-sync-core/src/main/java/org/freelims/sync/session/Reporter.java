package org.freelims.sync.session;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.stream.Collectors;
import org.freelims.sync.access.Principal;
import org.freelims.sync.session.NodeReport.FeedReport;
import org.freelims.sync.session.NodeReport.SessionReport;
import org.freelims.sync.subscription.SubscriptionRegistry;

/** Writes a {@link NodeReport}. Confined to the hub's loop. */
final class Reporter {
    private static final Comparator<SessionReport> FURTHEST_BEHIND_FIRST =
            Comparator.comparingLong(SessionReport::behind)
                    .thenComparingLong(SessionReport::pendingBytes)
                    .reversed()
                    .thenComparing(SessionReport::open, Comparator.reverseOrder());

    private final Collection<Session> sessions;
    private final SubscriptionRegistry registry;

    Reporter(Collection<Session> sessions, SubscriptionRegistry registry) {
        this.sessions = sessions;
        this.registry = registry;
    }

    NodeReport report(long dispatched, long nanoTime, int most) {
        return new NodeReport(
                sessions.stream()
                        .map(session -> of(session, dispatched, nanoTime))
                        .sorted(FURTHEST_BEHIND_FIRST)
                        .limit(most)
                        .toList(),
                registry.feeds().stream()
                        .map(f -> new FeedReport(f.expression().toString(), f.memberCount()))
                        // the same expression is a feed of its own for each view
                        .collect(
                                Collectors.toMap(
                                        FeedReport::expression, FeedReport::members, Integer::sum))
                        .entrySet()
                        .stream()
                        .map(feed -> new FeedReport(feed.getKey(), feed.getValue()))
                        .sorted(
                                Comparator.comparingInt(FeedReport::members)
                                        .reversed()
                                        .thenComparing(FeedReport::expression))
                        .limit(most)
                        .toList());
    }

    private static SessionReport of(Session session, long dispatched, long nanoTime) {
        long behind = 0;
        for (Subscription subscription : session.subscriptions()) {
            if (subscription.hasFeed() && subscription.state() != Subscription.State.LIVE) {
                behind = Math.max(behind, dispatched - subscription.completeTo());
            }
        }
        return new SessionReport(
                session.connection().id(),
                session.connection().remoteAddress(),
                session.principal().map(Principal::name),
                session.subscriptions().size(),
                behind,
                session.connection().pendingBytes(),
                session.connection().writtenBytes(),
                Duration.ofNanos(nanoTime - session.openedNanos()));
    }
}
