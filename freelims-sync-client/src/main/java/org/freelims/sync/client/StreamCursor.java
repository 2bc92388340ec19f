package org.freelims.sync.client;

import java.util.Optional;
import org.freelims.sync.protocol.Position;
import org.jspecify.annotations.Nullable;

/*
 * `told` is the position of the last change that was passed on, `complete` that or a later one up to which the server
 * said there is nothing more (a heartbeat, rule 6). A resume starts at `complete`; a repetition is what lies at or before
 * `told`. They are kept apart so that a server that breaks rule 6, and sends a change it said there was none of, does
 * not make the client swallow it.
 */
/** How far one subscription has come. Confined to the client's lane. */
final class StreamCursor {
    /** What to do with a change. */
    enum Verdict {
        /** Pass it on. */
        NEXT,
        /** It was passed on before: drop it. */
        REPEATED,
        /** A heartbeat said there was nothing here, but it is new: pass it on, and say so. */
        LATE,
        /** Something between what is known and this is missing (rule 5). */
        GAP
    }

    private @Nullable Position told;
    private @Nullable Position complete;
    private boolean open; // a change was told, and nothing since that says its transaction is over

    /** Begins anew at a position. */
    void start(Position position) {
        told = position;
        complete = position;
        open = false;
    }

    /** Forgets everything. */
    void clear() {
        told = null;
        complete = null;
        open = false;
    }

    /** Returns where to resume. */
    Optional<Position> position() {
        return Optional.ofNullable(complete);
    }

    /** Judges a change that lies at {@code position}, behind {@code prev}. */
    Verdict judge(Position prev, Position position) {
        if (told == null || complete == null) {
            return Verdict.NEXT;
        }
        if (!position.epoch().equals(complete.epoch())) {
            return Verdict.GAP;
        }
        if (!position.isAfter(told)) {
            return Verdict.REPEATED;
        }
        if (!position.isAfter(complete)) {
            return Verdict.LATE;
        }
        return !prev.epoch().equals(complete.epoch()) || prev.isAfter(complete)
                ? Verdict.GAP
                : Verdict.NEXT;
    }

    /** A change was passed on. */
    void told(Position position) {
        told = position;
        open = true;
        if (complete == null
                || !complete.epoch().equals(position.epoch())
                || position.isAfter(complete)) {
            complete = position;
        }
    }

    /** There is nothing up to here; returns whether that is news. */
    boolean complete(Position position) {
        if (complete == null
                || !position.epoch().equals(complete.epoch())
                || complete.isAfter(position)) {
            return false;
        }
        boolean news = open || position.isAfter(complete);
        complete = position;
        open = false;
        return news;
    }
}
