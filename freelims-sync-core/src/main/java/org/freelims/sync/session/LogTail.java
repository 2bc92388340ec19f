package org.freelims.sync.session;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.freelims.sync.log.Change;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;
import org.jspecify.annotations.Nullable;

/**
 * Follows the log: one read at a time, the next only when the last was dispatched. A wake-up while
 * a read is under way makes another one follow it, so none is lost. Confined to the hub's loop but
 * for {@link #wake}.
 */
final class LogTail {
    /** Who the tail reads for. */
    interface Reader {
        /** Returns up to where changes were taken. */
        Position position();

        /** Takes the next changes; runs {@code done} when it can take more. */
        void take(List<Change> changes, Runnable done);

        /** The history that was followed has ended; runs {@code done} when it can be read on. */
        void historyLost(Runnable done);
    }

    private static final Logger LOGGER = System.getLogger(LogTail.class.getName());
    private static final Duration FIRST_RETRY = Duration.ofMillis(50);
    private static final Duration LAST_RETRY = Duration.ofSeconds(2);

    private final ChangeLog log;
    private final Reader reader;
    private final Executor loop;
    private final Executor blocking;
    private final Scheduler scheduler;
    private final int pageSize;
    private final AtomicBoolean woken = new AtomicBoolean();
    private ChangeLog.@Nullable Registration registration;
    private boolean reading;
    private boolean again;
    private boolean failing;
    private boolean closed;
    private Duration retry = FIRST_RETRY;

    LogTail(
            ChangeLog log,
            Reader reader,
            Executor loop,
            Executor blocking,
            Scheduler scheduler,
            int pageSize) {
        this.log = log;
        this.reader = reader;
        this.loop = loop;
        this.blocking = blocking;
        this.scheduler = scheduler;
        this.pageSize = pageSize;
    }

    void start() {
        registration = log.onAppend(this::wake);
        wake();
    }

    /** There may be something to read. Called on any thread. */
    void wake() {
        if (woken.compareAndSet(false, true)) {
            loop.execute(
                    () -> {
                        woken.set(false);
                        readOrRepeat();
                    });
        }
    }

    private void readOrRepeat() {
        if (reading) {
            again = true;
        } else if (!closed) {
            read();
        }
    }

    private void read() {
        reading = true;
        again = false;
        Position from = reader.position();
        blocking.execute(
                () -> {
                    try {
                        List<Change> changes = log.readAfter(from, pageSize);
                        loop.execute(() -> taken(changes));
                    } catch (RuntimeException e) {
                        loop.execute(() -> failed(e));
                    }
                });
    }

    private void taken(List<Change> changes) {
        retry = FIRST_RETRY;
        if (failing) {
            failing = false;
            LOGGER.log(Level.INFO, "the log can be read again");
        }
        if (closed) {
            return;
        }
        if (isFull(changes)) {
            again = true;
        }
        reader.take(changes, this::readOn);
    }

    /** Returns whether more may follow at once. */
    private boolean isFull(List<Change> changes) {
        if (changes.size() == pageSize) {
            return true;
        }
        long chars = 0;
        for (Change change : changes) {
            chars += change.data().length() + (long) change.before().length();
        }
        return chars >= ChangeLog.SHORT_PAGE_CHARS;
    }

    private void readOn() {
        reading = false;
        if (again) {
            readOrRepeat();
        }
    }

    private void failed(RuntimeException e) {
        if (closed) {
            return;
        }
        if (e instanceof SyncException sync && sync.code() == ErrorCode.POSITION_LOST) {
            LOGGER.log(
                    Level.WARNING,
                    "the log can''t be followed from {0}: going on from its head",
                    reader.position());
            reader.historyLost(this::readOn);
            return;
        }
        reading = false;
        if (!failing) {
            failing = true;
            LOGGER.log(
                    Level.WARNING,
                    "the log can''t be read, changes are late until it can: {0}",
                    e.getMessage());
        }
        scheduler.after(retry, this::wake);
        retry =
                retry.multipliedBy(2).compareTo(LAST_RETRY) < 0
                        ? retry.multipliedBy(2)
                        : LAST_RETRY;
    }

    void close() {
        closed = true;
        if (registration != null) {
            registration.close();
        }
    }
}
