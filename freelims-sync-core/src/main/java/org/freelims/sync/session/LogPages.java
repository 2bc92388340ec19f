package org.freelims.sync.session;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.freelims.sync.log.Change;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.subscription.LoggedChange;

/*
 * Invariant: at most READS_AT_ONCE reads are under way, so what they bring is bounded however many sessions are behind;
 * the pages asked for meanwhile wait in the order in which they were asked for. Reading ahead takes only what turns nobody
 * waits for, and leaves half of them free. What is kept, frames included, stays below `capBytes`, but for one page.
 */
/**
 * Reads of the log for clients that are further behind than memory reaches. Pages start at
 * multiples of their size and the last few are kept, so that a crowd of clients scattered over the
 * same stretch shares its reads and its encodings. Confined to the hub's loop.
 */
final class LogPages {
    private static final int READS_AT_ONCE = 4;
    private static final int READS_BEFORE_AHEAD = READS_AT_ONCE / 2;

    /** Who waits for a page. */
    interface Waiter {
        /** Takes the changes after the offset asked for; not empty. */
        void read(List<LoggedChange> changes);

        /** The page can't be read. */
        void failed(SyncException e);
    }

    private record Waiting(long after, Waiter waiter) {}

    private record Page(String epoch, long index) {}

    private final ChangeLog log;
    private final Executor loop;
    private final Executor blocking;
    private final int pageSize;
    private final long capBytes;
    private final Map<Page, List<Waiting>> underWay = new HashMap<>();
    private final LinkedHashMap<Page, List<LoggedChange>> kept =
            new LinkedHashMap<>(16, 0.75f, true);
    private final ArrayDeque<Runnable> queued = new ArrayDeque<>();
    private int reading;
    private long keptBytes;
    private long reads;

    LogPages(ChangeLog log, Executor loop, Executor blocking, int pageSize, long capBytes) {
        this.log = log;
        this.loop = loop;
        this.blocking = blocking;
        this.pageSize = pageSize;
        this.capBytes = capBytes;
    }

    /** Reads changes after an offset of an epoch. */
    void read(String epoch, long after, Waiter waiter) {
        Page page = new Page(epoch, after / pageSize);
        List<LoggedChange> known = kept.get(page);
        if (known != null) {
            loop.execute(() -> waiter.read(from(known, after)));
            return;
        }
        List<Waiting> waiting = underWay.get(page);
        if (waiting != null) {
            waiting.add(new Waiting(after, waiter));
            return;
        }
        fetch(page, new ArrayList<>(List.of(new Waiting(after, waiter))));
    }

    /**
     * Reads the page behind the one that this offset is on, for whoever is likely to ask for it
     * next. Does nothing while others wait for reads.
     */
    void readAhead(String epoch, long after) {
        Page page = new Page(epoch, after / pageSize + 1);
        if (reading < READS_BEFORE_AHEAD
                && !kept.containsKey(page)
                && !underWay.containsKey(page)) {
            fetch(page, new ArrayList<>());
        }
    }

    /** Returns the last offset of the page that changes after this offset are on. */
    long lastOfPage(long after) {
        return (after / pageSize + 1) * pageSize;
    }

    private void fetch(Page page, List<Waiting> waiting) {
        underWay.put(page, waiting);
        fetch(
                Position.of(page.epoch(), page.index() * pageSize),
                changes -> fetched(page, changes),
                e -> pageFailed(page, e));
    }

    private void fetched(Page page, List<Change> changes) {
        List<LoggedChange> logged = changes.stream().map(LoggedChange::new).toList();
        if (logged.size() == pageSize) {
            keep(page, logged);
        }
        for (Waiting waiting : waiters(page)) {
            List<LoggedChange> further = from(logged, waiting.after());
            if (further.isEmpty() && waiting.after() > page.index() * pageSize) {
                // a page of large changes is cut short, perhaps before it comes to what was asked
                // for
                readFrom(page.epoch(), waiting);
            } else {
                deliver(waiting, further);
            }
        }
    }

    private void keep(Page page, List<LoggedChange> logged) {
        kept.put(page, logged);
        for (LoggedChange change : logged) {
            keptBytes += change.bytes();
            change.keptBy(more -> keptBytes += more);
        }
        Iterator<List<LoggedChange>> oldest = kept.values().iterator();
        while (keptBytes > capBytes && kept.size() > 1) {
            for (LoggedChange change : oldest.next()) {
                keptBytes -= change.bytes();
                change.dropped();
            }
            oldest.remove();
        }
    }

    private void readFrom(String epoch, Waiting waiting) {
        fetch(
                Position.of(epoch, waiting.after()),
                changes -> deliver(waiting, changes.stream().map(LoggedChange::new).toList()),
                waiting.waiter()::failed);
    }

    private static void deliver(Waiting waiting, List<LoggedChange> changes) {
        if (changes.isEmpty()) {
            waiting.waiter()
                    .failed(
                            new SyncException(
                                    ErrorCode.UNAVAILABLE, "The log is behind for a moment."));
        } else {
            waiting.waiter().read(changes);
        }
    }

    /**
     * The page's start may have expired where what was asked for has not: then each is read from
     * where it asked.
     */
    private void pageFailed(Page page, SyncException e) {
        for (Waiting waiting : waiters(page)) {
            if (e.code() == ErrorCode.POSITION_LOST && waiting.after() > page.index() * pageSize) {
                readFrom(page.epoch(), waiting);
            } else {
                waiting.waiter().failed(e);
            }
        }
    }

    private List<Waiting> waiters(Page page) {
        List<Waiting> waiting = underWay.remove(page);
        return waiting == null ? List.of() : waiting;
    }

    private void fetch(
            Position from, Consumer<List<Change>> then, Consumer<SyncException> otherwise) {
        if (reading == READS_AT_ONCE) {
            queued.add(() -> fetchNow(from, then, otherwise));
        } else {
            fetchNow(from, then, otherwise);
        }
    }

    private void fetchNow(
            Position from, Consumer<List<Change>> then, Consumer<SyncException> otherwise) {
        reads++;
        reading++;
        blocking.execute(
                () -> {
                    try {
                        List<Change> changes = log.readAfter(from, pageSize);
                        loop.execute(() -> ended(() -> then.accept(changes)));
                    } catch (RuntimeException e) {
                        SyncException failure =
                                e instanceof SyncException sync
                                        ? sync
                                        : new SyncException(
                                                ErrorCode.UNAVAILABLE,
                                                "The log can't be read now.",
                                                e);
                        loop.execute(() -> ended(() -> otherwise.accept(failure)));
                    }
                });
    }

    private void ended(Runnable then) {
        reading--;
        Runnable next = queued.poll();
        if (next != null) {
            next.run();
        }
        then.run();
    }

    private static List<LoggedChange> from(List<LoggedChange> page, long after) {
        int skip = 0;
        while (skip < page.size() && page.get(skip).offset() <= after) {
            skip++;
        }
        return page.subList(skip, page.size());
    }

    long reads() {
        return reads;
    }

    /** Returns about how much heap the pages kept hold. */
    long keptBytes() {
        return keptBytes;
    }
}
