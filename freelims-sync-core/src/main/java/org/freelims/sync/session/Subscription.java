package org.freelims.sync.session;

import java.util.ArrayList;
import java.util.List;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.subscription.Expression;
import org.freelims.sync.subscription.Feed;
import org.freelims.sync.transport.Frame;
import org.jspecify.annotations.Nullable;

/*
 * Invariant: every change of the feed up to completeTo() has been offered to the connection, none after it, and `known` is
 * the last position of the feed that the client will know of once it has read what was offered.
 */
/** One session's membership in a feed. Confined to the hub's loop. */
final class Subscription implements Feed.Member {
    enum State {
        /** Its start is being looked at; not answered yet. */
        JOINING,
        /** Its rows are on their way. */
        SNAPSHOT,
        /** Its principal's rights have changed; what may no longer be seen is being told. */
        CHANGING_VIEW,
        /** Behind, or ahead of, what this node dispatches. */
        CATCHING_UP,
        /** Sent each change as it is dispatched. */
        LIVE,
        /** Its successors are gone; the client is about to be told. */
        LOST,
        ENDED
    }

    private final Session session;
    private final Expression expression;
    private List<Long> unanswered;
    private State state = State.JOINING;
    private @Nullable Feed feed;
    private List<Feed> left = List.of();
    private Position known;
    private Position start;
    private long completeTo;
    private @Nullable SnapshotPump pump;
    private int place;

    Subscription(Session session, Expression expression, Position known, long messageId) {
        this.session = session;
        this.expression = expression;
        this.known = known;
        this.start = known;
        this.unanswered = List.of(messageId);
        session.counts().begun();
    }

    @Override
    public int place() {
        return place;
    }

    @Override
    public void place(int place) {
        this.place = place;
    }

    Expression expression() {
        return expression;
    }

    private void become(State next) {
        session.counts().moved(state, next);
        state = next;
    }

    State state() {
        return state;
    }

    /** Returns the position it started from. */
    Position start() {
        return start;
    }

    Position known() {
        return known;
    }

    /** While not live: up to where the feed's changes have been offered. */
    long completeTo() {
        return completeTo;
    }

    Feed feed() {
        if (feed == null) {
            throw new IllegalStateException(expression + " has not joined its feed");
        }
        return feed;
    }

    /** The feeds that it was of by other views; frames of theirs may still wait to be written. */
    List<Feed> left() {
        return left;
    }

    boolean hasFeed() {
        return feed != null;
    }

    /** Remembers a message that is answered when this one is. */
    void answerToo(long messageId) {
        List<Long> more = new ArrayList<>(unanswered);
        more.add(messageId);
        unanswered = List.copyOf(more);
    }

    /** Returns the messages to be answered now, once. */
    List<Long> takeUnanswered() {
        List<Long> ids = unanswered;
        unanswered = List.of();
        return ids;
    }

    /** Becomes a member of the feed that knows {@code from} and has yet to catch up. */
    void joined(Feed joined, Position from) {
        feed = joined;
        known = from;
        start = from;
        completeTo = from.offset();
        become(State.CATCHING_UP);
    }

    /**
     * Becomes a member of another feed, that of what may be seen now, and stops where it is.
     *
     * @param dispatched up to where this node has published
     */
    void changesView(Feed joined, long dispatched) {
        List<Feed> all = new ArrayList<>(left);
        all.add(feed());
        left = List.copyOf(all);
        fellBehind(null, dispatched);
        feed = joined;
        become(State.CHANGING_VIEW);
    }

    void changingView(SnapshotPump rows) {
        pump = rows;
    }

    void pumping(SnapshotPump snapshot) {
        pump = snapshot;
        become(State.SNAPSHOT);
    }

    void pumped() {
        pump = null;
        become(State.CATCHING_UP);
    }

    void live() {
        become(State.LIVE);
    }

    void lose() {
        stop(State.LOST);
    }

    void end() {
        stop(State.ENDED);
    }

    private void stop(State reached) {
        become(reached);
        if (pump != null) {
            pump.cancel();
            pump = null;
        }
    }

    void resumePump() {
        if (pump != null) {
            pump.resume();
        }
    }

    /**
     * Offers a change just dispatched; one that does not fit makes the whole session catch up
     * instead. Returns whether it was taken.
     */
    boolean deliver(Frame frame) {
        if (state != State.LIVE) {
            return false;
        }
        if (session.offerLive(frame)) {
            known = frame.position();
            return true;
        }
        session.overflowed();
        return false;
    }

    /**
     * A change has been looked at for this subscription, and its frame, if it concerns it, was
     * accepted.
     */
    void caughtUpWith(long offset, @Nullable Frame frame) {
        completeTo = offset;
        if (frame != null) {
            known = frame.position();
        }
    }

    /**
     * Returns whether the frame tells of something after this subscription's start; if not, an
     * earlier one left it.
     */
    boolean isOurs(Frame frame) {
        return frame.position().offset() > start.offset();
    }

    /**
     * Goes back to catching up, because the connection was full.
     *
     * @param firstDropped of the frames of its feed that were dropped the one lowest in the log, if
     *     any
     * @param dispatched up to where this node has published to all
     */
    void fellBehind(@Nullable Frame firstDropped, long dispatched) {
        if (state == State.LIVE) {
            completeTo = Math.max(dispatched, known.offset());
            become(State.CATCHING_UP);
        }
        if (firstDropped != null && firstDropped.position().offset() <= completeTo) {
            completeTo = firstDropped.position().offset() - 1;
            known = firstDropped.prev();
        }
    }
}
