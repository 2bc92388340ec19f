package org.freelims.sync.subscription;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.freelims.sync.log.Change;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.Row;
import org.freelims.sync.transport.Frame;
import org.jspecify.annotations.Nullable;

/**
 * A change with what has been made of it so far: its rows, read at most once, and its frames,
 * encoded at most once a feed. Confined to the hub's loop.
 */
public final class LoggedChange {
    private static final int OVERHEAD_BYTES = 200;
    private static final int FRAME_OVERHEAD_BYTES = 150;

    private final Change change;
    private final Map<Feed, Frame> frames = new HashMap<>(2);
    private long bytes;
    private @Nullable LongConsumer grown;
    private boolean published;
    private @Nullable Row row;
    private @Nullable Row rowBefore;

    public LoggedChange(Change change) {
        this.change = change;
        this.bytes = OVERHEAD_BYTES + change.data().length() + (long) change.before().length();
    }

    public Change change() {
        return change;
    }

    public long offset() {
        return change.position().offset();
    }

    /** Returns about how much heap the change holds, with the frames made of it, in bytes. */
    public long bytes() {
        return bytes;
    }

    /** Somebody keeps the change, and counts how much it grows by frames made later. */
    public void keptBy(LongConsumer counter) {
        grown = counter;
    }

    /** Nobody keeps the change any more. */
    public void dropped() {
        grown = null;
    }

    /** Returns the row after a create or update, or before a delete. */
    Row row() {
        if (row == null) {
            row = Row.parse(change.data());
        }
        return row;
    }

    /** Returns the row before an update; for other actions the same as {@link #row}. */
    Row rowBefore() {
        if (rowBefore == null) {
            rowBefore =
                    change.action() == Action.UPDATE
                            ? row().overlaid(Row.parse(change.before()))
                            : row();
        }
        return rowBefore;
    }

    /** Lets go of the rows; they are read again if needed. */
    public void forgetRows() {
        row = null;
        rowBefore = null;
    }

    /**
     * Returns whether every feed of that moment was told, so that a feed without a frame was not
     * concerned.
     */
    boolean published() {
        return published;
    }

    void markPublished() {
        published = true;
    }

    Optional<Frame> frame(Feed feed) {
        return Optional.ofNullable(frames.get(feed));
    }

    void keep(Feed feed, Frame frame) {
        Frame before = frames.put(feed, frame);
        long more =
                before == null
                        ? frame.size() + (long) FRAME_OVERHEAD_BYTES
                        : frame.size() - (long) before.size();
        bytes += more;
        if (grown != null) {
            grown.accept(more);
        }
    }
}
