package org.freelims.sync.session;

import java.util.ArrayList;
import java.util.List;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.subscription.LoggedChange;
import org.jspecify.annotations.Nullable;

/**
 * The changes this node dispatched last, with the frames made of them, bounded by bytes, so that
 * clients that come back soon are served without a read of the log. Offsets are dense, so a change
 * is found by subtraction. Confined to the hub's loop.
 */
final class RecentChanges {
    private static final int INITIAL_SLOTS = 64;

    private final long capBytes;
    private @Nullable LoggedChange[] slots = new LoggedChange[INITIAL_SLOTS];
    private int first;
    private int count;
    private long bytes;
    private Position base;

    /**
     * @param base the position that the first change follows on
     */
    RecentChanges(long capBytes, Position base) {
        this.capBytes = capBytes;
        this.base = base;
    }

    void add(LoggedChange logged) {
        if (count == slots.length) {
            grow();
        }
        slots[(first + count) & (slots.length - 1)] = logged;
        count++;
        logged.keptBy(this::grew);
        grew(logged.bytes());
    }

    private void grew(long more) {
        bytes += more;
        while (bytes > capBytes && count > 1) {
            removeFirst();
        }
    }

    private void removeFirst() {
        LoggedChange oldest = get(0);
        slots[first] = null;
        first = (first + 1) & (slots.length - 1);
        count--;
        bytes -= oldest.bytes();
        oldest.dropped();
        base = oldest.change().position();
    }

    private void grow() {
        @Nullable LoggedChange[] larger = new LoggedChange[slots.length * 2];
        for (int i = 0; i < count; i++) {
            larger[i] = get(i);
        }
        slots = larger;
        first = 0;
    }

    private LoggedChange get(int index) {
        LoggedChange logged = slots[(first + index) & (slots.length - 1)];
        if (logged == null) {
            throw new IllegalStateException("no change is kept at " + index);
        }
        return logged;
    }

    /** Returns whether all changes after this offset, up to the newest dispatched, are here. */
    boolean reachesBackTo(long offset) {
        return offset >= base.offset();
    }

    /** Returns whether the position is the base or one of the changes here, the very same. */
    boolean holds(Position position) {
        long index = position.offset() - base.offset() - 1;
        if (index == -1) {
            return agrees(base, position);
        }
        return index >= 0
                && index < count
                && agrees(get((int) index).change().position(), position);
    }

    private static boolean agrees(Position ours, Position theirs) {
        return ours.epoch().equals(theirs.epoch())
                && (theirs.mark().isEmpty() || ours.mark().equals(theirs.mark()));
    }

    /**
     * Returns up to {@code limit} changes after this offset, which must {@linkplain #reachesBackTo
     * be here}.
     */
    List<LoggedChange> after(long offset, int limit) {
        int from = (int) (offset - base.offset());
        List<LoggedChange> found = new ArrayList<>(Math.max(0, Math.min(limit, count - from)));
        for (int i = from; i < count && found.size() < limit; i++) {
            found.add(get(i));
        }
        return found;
    }

    long bytes() {
        return bytes;
    }
}
