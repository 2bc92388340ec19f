package org.freelims.sync.session;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.subscription.LoggedChange;
import org.freelims.sync.transport.Frame;

/*
 * The one way from behind to live: after a resume, a new subscription from a position, a snapshot, an overflow.
 *
 * Invariant: for each subscription that is catching up, changes are offered in offset order, each at most once, and
 * `completeTo` rises with every change looked at. A step runs on the loop and takes from memory in the same turn in which
 * it finds a subscription level with what the node has dispatched and makes it live; nothing can be dispatched in between,
 * so the seam neither drops nor repeats a change.
 *
 * A step does a bounded piece of work and puts the next at the end of the loop's queue, so that one client with a million
 * changes to read costs the others a turn each and no more. It stops while the connection has enough to write.
 */
/** Brings one session's subscriptions from where they are to live. Confined to the hub's loop. */
final class CatchUp {
    private static final int CHANGES_A_STEP = 200;

    private final Session session;
    private final Node node;
    private final long highBytes;
    private boolean scheduled;
    private boolean reading;
    private boolean draining;
    private boolean waited;
    private boolean wasBehind;
    private long behindFromNanos;
    private long changes;
    private long notifications;

    CatchUp(Session session, Node node) {
        this.session = session;
        this.node = node;
        this.highBytes = Math.max(1, node.limits().pendingBytes() / 2);
    }

    /** There is, or may be, something to catch up with. */
    void begin() {
        if (!scheduled && !reading && !draining) {
            scheduled = true;
            node.loop().execute(this::step);
        }
    }

    void drained() {
        draining = false;
        begin();
    }

    /** Takes no more steps until {@link #drained}. */
    void awaitDrain() {
        if (!draining) {
            draining = true;
            waited = true;
            session.connection().requestDrained(highBytes / 2);
        }
    }

    private void step() {
        scheduled = false;
        if (session.isClosed() || draining) {
            return;
        }
        List<Subscription> behind = promote();
        if (behind.isEmpty()) {
            return;
        }
        isBehind();
        if (session.connection().pendingBytes() >= highBytes) {
            awaitDrain();
            return;
        }
        long from = behind.stream().mapToLong(Subscription::completeTo).min().getAsLong();
        if (node.recent().reachesBackTo(from)) {
            offer(node.recent().after(from, CHANGES_A_STEP), behind);
            begin();
        } else {
            read(from);
        }
    }

    /**
     * Makes live what is level with the node; returns what is behind it. Those ahead wait for the
     * node.
     */
    private List<Subscription> promote() {
        long dispatched = node.position().offset();
        List<Subscription> behind = new ArrayList<>();
        boolean promoted = false;
        for (Subscription subscription : session.subscriptions()) {
            if (subscription.state() != Subscription.State.CATCHING_UP) {
                continue;
            }
            if (subscription.completeTo() == dispatched) {
                subscription.live();
                promoted |= subscription.known().offset() < dispatched;
            } else if (subscription.completeTo() < dispatched) {
                behind.add(subscription);
            } else {
                node.wakeWhenDispatched(this);
            }
        }
        if (behind.isEmpty()) {
            isLevel();
            if (promoted) {
                session.wentLive();
            }
        }
        return behind;
    }

    private void isBehind() {
        if (!wasBehind) {
            wasBehind = true;
            behindFromNanos = node.scheduler().nanoTime();
            changes = 0;
            notifications = 0;
        }
    }

    private void isLevel() {
        if (wasBehind) {
            wasBehind = false;
            var caughtUp =
                    new HubListener.CaughtUp(
                            session.connection().id(),
                            session.connection().remoteAddress(),
                            changes,
                            notifications,
                            Duration.ofNanos(node.scheduler().nanoTime() - behindFromNanos));
            node.tell(listener -> listener.caughtUp(caughtUp));
        }
    }

    private void read(long from) {
        reading = true;
        String epoch = node.position().epoch();
        node.pages()
                .read(
                        epoch,
                        from,
                        new LogPages.Waiter() {
                            @Override
                            public void read(List<LoggedChange> changes) {
                                reading = false;
                                if (isStillOf(epoch)) {
                                    offer(changes, behindOf(changes));
                                }
                                begin();
                            }

                            @Override
                            public void failed(SyncException e) {
                                reading = false;
                                if (isStillOf(epoch)) {
                                    CatchUp.this.failed(e, from);
                                } else {
                                    begin();
                                }
                            }
                        });
        readAhead(epoch, from);
    }

    /** A client that has to be waited for gains nothing by it. */
    private void readAhead(String epoch, long from) {
        boolean memoryFollows = node.recent().reachesBackTo(node.pages().lastOfPage(from));
        if (!waited && !memoryFollows) {
            node.pages().readAhead(epoch, from);
        }
        waited = false;
    }

    /**
     * Returns whether what was read is of any use: subscriptions that came since another history
     * began count their offsets in that one.
     */
    private boolean isStillOf(String epoch) {
        return !session.isClosed() && epoch.equals(node.position().epoch());
    }

    /** Returns who the changes are of use to: nobody who has not yet come to where they start. */
    private List<Subscription> behindOf(List<LoggedChange> changes) {
        long first = changes.get(0).offset();
        return session.subscriptions().stream()
                .filter(s -> s.state() == Subscription.State.CATCHING_UP)
                .filter(s -> s.completeTo() >= first - 1)
                .toList();
    }

    private void offer(List<LoggedChange> found, List<Subscription> behind) {
        long before = notifications;
        replay(found, behind);
        int replayed = (int) (notifications - before);
        if (replayed > 0) {
            node.tell(listener -> listener.replayed(replayed));
        }
    }

    private void replay(List<LoggedChange> found, List<Subscription> behind) {
        long dispatched = node.position().offset();
        for (LoggedChange logged : found) {
            changes++;
            for (Subscription subscription : behind) {
                if (subscription.completeTo() >= logged.offset()
                        || subscription.state() != Subscription.State.CATCHING_UP) {
                    continue;
                }
                Optional<Frame> frame;
                try {
                    frame = subscription.feed().replay(logged, subscription.known(), dispatched);
                } catch (RuntimeException e) {
                    session.subscriptionFailed(subscription, Node.asSync(e, "This subscription"));
                    continue;
                }
                if (frame.isPresent() && !session.offer(frame.get())) {
                    logged.forgetRows();
                    awaitDrain();
                    return;
                }
                if (frame.isPresent()) {
                    notifications++;
                }
                subscription.caughtUpWith(logged.offset(), frame.orElse(null));
            }
            logged.forgetRows();
            if (session.connection().pendingBytes() >= highBytes) {
                return;
            }
        }
    }

    private void failed(SyncException e, long from) {
        if (session.isClosed()) {
            return;
        }
        if (e.code() == ErrorCode.POSITION_LOST) {
            session.positionLost(
                    session.subscriptions().stream()
                            .filter(s -> s.state() == Subscription.State.CATCHING_UP)
                            .filter(s -> s.completeTo() <= from)
                            .toList());
            begin();
        } else {
            node.scheduler().after(Node.RETRY, () -> node.loop().execute(this::begin));
        }
    }

    /** The connection was full: whatever was not yet on its way is offered again from the log. */
    void overflowed(List<Frame> dropped) {
        Map<Object, Subscription> byFeed = new HashMap<>();
        for (Subscription subscription : session.subscriptions()) {
            if (subscription.hasFeed()) {
                byFeed.put(subscription.feed(), subscription);
                subscription.left().forEach(feed -> byFeed.put(feed, subscription));
            }
        }
        Map<Subscription, Frame> lowest = new HashMap<>();
        for (Frame frame : dropped) {
            Subscription of = frame.stream().map(byFeed::get).orElse(null);
            if (of != null && of.isOurs(frame)) {
                lowest.merge(of, frame, CatchUp::lower);
            }
        }
        for (Subscription subscription : Set.copyOf(byFeed.values())) {
            subscription.fellBehind(lowest.get(subscription), node.position().offset());
        }
        awaitDrain();
    }

    private static Frame lower(Frame one, Frame other) {
        return other.position().offset() < one.position().offset() ? other : one;
    }
}
