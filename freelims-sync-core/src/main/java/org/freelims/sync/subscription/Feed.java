package org.freelims.sync.subscription;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.freelims.sync.access.View;
import org.freelims.sync.log.Change;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.Row;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.transport.Frame;
import org.jspecify.annotations.Nullable;

/*
 * Invariant: for every live member, the last position it knows of (its last frame's, a heartbeat's, or where it started) is
 * at or after `last`, and nothing of this feed lies between `last` and the next frame for anybody who knows `last`.
 *
 * `last` is the feed's newest match, or, while it has had none, the earliest place a member started from. It may only be
 * raised to a match: raised to somebody's start it would look like a gap to members that started earlier.
 */
/**
 * All subscriptions with the same expression and the same view. A change is filtered, redacted and
 * encoded once for all of them, and every member is sent the very same bytes. Confined to the hub's
 * loop.
 */
public final class Feed {
    /**
     * Somebody who is sent the feed's frames: in one feed at a time. It remembers its place among
     * the members, so that a crowd can leave in no more time than it took to join.
     */
    public interface Member {
        /** Returns what {@link #place(int)} was told last. */
        int place();

        /** Told by the feed, which alone minds it. */
        void place(int place);
    }

    private final Expression expression;
    private final View view;
    private final long createdAt;
    private @Nullable Object members; // a Member, or a List<Member>: most feeds have one
    private Position last;
    private boolean lastIsMatch;

    Feed(Expression expression, View view, long createdAt, Position start) {
        this.expression = expression;
        this.view = view;
        this.createdAt = createdAt;
        this.last = start;
    }

    public Expression expression() {
        return expression;
    }

    public View view() {
        return view;
    }

    /** Returns how many members there are. */
    public int memberCount() {
        return members == null ? 0 : members instanceof Member ? 1 : several().size();
    }

    /**
     * Returns a member; they are in no order.
     *
     * @param place from 0
     * @throws IndexOutOfBoundsException if there are not so many
     */
    public Member member(int place) {
        if (members instanceof Member only) {
            Objects.checkIndex(place, 1);
            return only;
        }
        return several().get(place);
    }

    @SuppressWarnings("unchecked") // only join() makes a list
    private List<Member> several() {
        return members == null ? List.of() : (List<Member>) members;
    }

    void join(Member member, Position start) {
        member.place(memberCount());
        if (members == null) {
            members = member;
        } else {
            if (members instanceof Member only) {
                members = new ArrayList<>(List.of(only));
            }
            several().add(member);
        }
        boolean otherHistory = !start.epoch().equals(last.epoch());
        if (otherHistory || (!lastIsMatch && start.offset() < last.offset())) {
            last = start;
            lastIsMatch = false;
        }
    }

    void leave(Member member) {
        int place = member.place();
        if (place >= memberCount() || member(place) != member) {
            return;
        }
        if (members == member) {
            members = null;
            return;
        }
        List<Member> several = several();
        Member last = several.remove(several.size() - 1);
        if (last != member) {
            several.set(place, last);
            last.place(place);
        }
        if (several.size() == 1) {
            members = several.get(0);
        }
    }

    boolean isDeserted() {
        return members == null;
    }

    /** Returns the frame that tells of a change just appended, if it concerns this feed. */
    public Optional<Frame> publish(LoggedChange logged) {
        Optional<Frame> frame = encode(logged, last);
        if (frame.isPresent()) {
            logged.keep(this, frame.get());
            reached(logged.change().position());
        }
        return frame;
    }

    /**
     * Returns the frame that tells a member of an earlier change, if it concerns this feed: the one
     * it was first told with where {@code known} allows, else a new one.
     *
     * @param known the last position of this feed that the member knows of
     * @param dispatched up to where this node has published
     */
    public Optional<Frame> replay(LoggedChange logged, Position known, long dispatched) {
        Optional<Frame> kept = logged.frame(this);
        if (kept.isPresent() && kept.get().prev().offset() <= known.offset()) {
            return kept;
        }
        if (kept.isEmpty() && logged.published() && createdAt < logged.offset()) {
            return kept;
        }
        Optional<Frame> frame = encode(logged, known);
        frame.ifPresent(made -> logged.keep(this, made));
        if (frame.isPresent() && logged.offset() <= dispatched) {
            reached(logged.change().position());
        }
        return frame;
    }

    private void reached(Position match) {
        if (!lastIsMatch || match.offset() > last.offset()) {
            last = match;
            lastIsMatch = true;
        }
    }

    /** Returns the row as this feed shows it, as JSON object text, if it shows it. */
    public Optional<String> shown(String resource, String id, String data) {
        return shown(expression, view, resource, id, data);
    }

    /** Returns the row as a feed of this expression and view shows it, if it would show it. */
    public static Optional<String> shown(
            Expression expression, View view, String resource, String id, String data) {
        if (!expression.covers(resource, id) || !view.allows(resource)) {
            return Optional.empty();
        }
        Set<String> hidden = view.hiddenFields(resource);
        boolean filters = expression.hasFilter() || view.filtersRows(resource);
        if (!filters && hidden.isEmpty()) {
            return Optional.of(data);
        }
        Row row = Row.parse(data);
        if (filters && !(expression.matches(row) && view.sees(resource, row))) {
            return Optional.empty();
        }
        return Optional.of(hidden.isEmpty() ? data : row.without(hidden).json());
    }

    /** Returns whether the change is of a record that this feed may show, as it is or was. */
    public boolean mayConcern(Change change) {
        return change.action() == Action.TRUNCATE
                ? expression.isEverything() || expression.resource().equals(change.resource())
                : expression.covers(change.resource(), change.id());
    }

    private boolean filters(String resource) {
        return expression.hasFilter() || view.filtersRows(resource);
    }

    private boolean shows(String resource, Row row) {
        return expression.matches(row) && view.sees(resource, row);
    }

    private Optional<Frame> encode(LoggedChange logged, Position prev) {
        Change change = logged.change();
        String resource = change.resource();
        if (!view.allows(resource)) {
            return Optional.empty();
        }
        if (change.action() == Action.TRUNCATE) {
            return mayConcern(change)
                    ? Optional.of(frame(Frame.Kind.RESYNC, change, prev, truncated(change, prev)))
                    : Optional.empty();
        }
        if (!mayConcern(change)) {
            return Optional.empty();
        }
        if (filters(resource) && !shows(resource, logged.row())) {
            return change.action() == Action.UPDATE && shows(resource, logged.rowBefore())
                    ? Optional.of(frame(Frame.Kind.LEFT, change, prev, left(change, prev)))
                    : Optional.empty();
        }
        Set<String> hidden = view.hiddenFields(resource);
        if (hidden.isEmpty()) {
            return Optional.of(notification(change, change.data(), prev));
        }
        Row row = logged.row().without(hidden);
        boolean hiddenOnly =
                change.action() == Action.UPDATE
                        && row.equals(logged.rowBefore().without(hidden))
                        && (!filters(resource) || shows(resource, logged.rowBefore()));
        return hiddenOnly ? Optional.empty() : Optional.of(notification(change, row.json(), prev));
    }

    private Frame notification(Change change, String data, Position prev) {
        return frame(
                Frame.Kind.NOTIFICATION,
                change,
                prev,
                new ServerMessage.Notification(
                        expression.toString(),
                        change.resource(),
                        change.action(),
                        change.id(),
                        data,
                        change.position(),
                        prev,
                        change.tx(),
                        change.txLast(),
                        change.at(),
                        change.actor(),
                        change.reason()));
    }

    private ServerMessage left(Change change, Position prev) {
        return new ServerMessage.Left(
                expression.toString(),
                change.resource(),
                change.id(),
                Optional.of(change.position()),
                Optional.of(prev),
                Optional.of(change.tx()),
                change.txLast());
    }

    private ServerMessage truncated(Change change, Position prev) {
        return new ServerMessage.Resync(
                ClientMessage.NO_ID,
                expression.toString(),
                ErrorCode.TRUNCATED,
                Optional.of(change.resource()),
                Optional.empty(),
                Optional.of(change.position()),
                Optional.of(prev));
    }

    private Frame frame(Frame.Kind kind, Change change, Position prev, ServerMessage message) {
        return Frame.shared(
                kind,
                this,
                change.resource(),
                change.position(),
                prev,
                MessageCodec.encode(message).getBytes(StandardCharsets.UTF_8));
    }
}
