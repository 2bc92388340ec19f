package org.freelims.sync.log;

import java.util.List;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;

/**
 * An append-only history in commit order. Implementations are thread-safe and pass {@code
 * ChangeLogContract}.
 *
 * <p>Duties: offsets are dense (1, 2, 3, ...) and rise in commit order; the changes of one
 * transaction become readable together and stand next to each other; what was once readable never
 * changes, though the oldest may expire; nothing uncommitted, and nothing that a crash could take
 * back, is ever readable. All methods but {@link #onAppend} may do I/O and block.
 */
public interface ChangeLog extends AutoCloseable {
    /**
     * Returns the position of the newest change; offset 0 if there was none yet.
     *
     * @throws SyncException {@link ErrorCode#UNAVAILABLE} if the log can't be reached now
     */
    Position head();

    /**
     * Returns the oldest position that can still be resumed from: the one before the oldest change
     * kept.
     *
     * @throws SyncException {@link ErrorCode#UNAVAILABLE} if the log can't be reached now
     */
    Position oldest();

    /**
     * A page of fewer than {@code limit} changes is the last, unless it has this many characters.
     */
    int SHORT_PAGE_CHARS = 1 << 20;

    /**
     * Returns up to {@code limit} changes after {@code position}, oldest first; empty means caught
     * up. Where changes are large it may return fewer, but not before they have {@link
     * #SHORT_PAGE_CHARS} in all, {@code data} and {@code before} together. A position without a
     * mark is taken at its offset.
     *
     * @throws IllegalArgumentException if {@code limit < 1}
     * @throws SyncException {@link ErrorCode#POSITION_LOST} if the epoch differs, the mark is
     *     another entry's, the position lies ahead of the log, or its successors have expired (rule
     *     7); {@link ErrorCode#UNAVAILABLE} if the log can't be reached now
     */
    List<Change> readAfter(Position position, int limit);

    /**
     * Calls {@code listener} some time soon after changes were appended, by this or any other
     * process; several appends may give one call, and calls may come without an append. The
     * listener must not block; it is called on any thread, never twice at once.
     *
     * @return closing it ends the calls
     */
    Registration onAppend(Runnable listener);

    /** Releases what the log holds. Idempotent. */
    @Override
    void close();

    /** A registered listener; closing it, on any thread and any number of times, ends it. */
    interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /** Returns a log that keeps its last {@code capacity} changes on the heap, in a new epoch. */
    static InMemoryChangeLog inMemory(int capacity) {
        return new InMemoryChangeLog(capacity);
    }
}
