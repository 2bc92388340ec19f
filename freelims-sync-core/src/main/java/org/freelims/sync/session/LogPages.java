package org.freelims.sync.session;

import java.util.ArrayList;
import java.util.HashMap;
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

/**
 * Reads of the log for clients that are further behind than memory reaches. Pages start at
 * multiples of their size and a few are kept, so that a crowd of clients scattered over the same
 * stretch shares its reads and its encodings. Confined to the hub's loop.
 */
final class LogPages {
    private static final int KEPT_PAGES = 8;

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
    private final Map<Page, List<Waiting>> underWay = new HashMap<>();
    private final LinkedHashMap<Page, List<LoggedChange>> kept =
            new LinkedHashMap<>(KEPT_PAGES * 2, 0.75f, true);
    private long reads;

    LogPages(ChangeLog log, Executor loop, Executor blocking, int pageSize) {
        this.log = log;
        this.loop = loop;
        this.blocking = blocking;
        this.pageSize = pageSize;
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
        underWay.put(page, new ArrayList<>(List.of(new Waiting(after, waiter))));
        fetch(
                Position.of(epoch, page.index() * pageSize),
                changes -> fetched(page, changes),
                e -> pageFailed(page, e));
    }

    private void fetched(Page page, List<Change> changes) {
        List<LoggedChange> logged = changes.stream().map(LoggedChange::new).toList();
        if (logged.size() == pageSize) {
            kept.put(page, logged);
            if (kept.size() > KEPT_PAGES) {
                kept.remove(kept.keySet().iterator().next());
            }
        }
        for (Waiting waiting : waiters(page)) {
            deliver(waiting, from(logged, waiting.after()));
        }
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
                fetch(
                        Position.of(page.epoch(), waiting.after()),
                        changes ->
                                deliver(waiting, changes.stream().map(LoggedChange::new).toList()),
                        waiting.waiter()::failed);
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
        reads++;
        blocking.execute(
                () -> {
                    try {
                        List<Change> changes = log.readAfter(from, pageSize);
                        loop.execute(() -> then.accept(changes));
                    } catch (SyncException e) {
                        loop.execute(() -> otherwise.accept(e));
                    } catch (RuntimeException e) {
                        loop.execute(
                                () ->
                                        otherwise.accept(
                                                new SyncException(
                                                        ErrorCode.UNAVAILABLE,
                                                        "The log can't be read now.",
                                                        e)));
                    }
                });
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
}
