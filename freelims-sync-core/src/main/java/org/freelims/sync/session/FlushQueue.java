package org.freelims.sync.session;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/*
 * Invariant: a session that was offered a frame is in `now`, and then a flush follows within this turn of the loop, or in
 * `lingering`, and then a flush follows within the linger: at most once every linger changes are written, so the first
 * one after a pause is written at once. A flush writes all that the connection was offered, so no frame passes another.
 */
/** Which sessions have something to write, and when it is written. Confined to the hub's loop. */
final class FlushQueue {
    /** As much as waits for one flush, so that bursts go out while they are being made. */
    private static final int BYTES_A_FLUSH = 64 << 10;

    private final Executor loop;
    private final Scheduler scheduler;
    private final long lingerNanos;
    private final List<Session> now = new ArrayList<>();
    private final List<Session> lingering = new ArrayList<>();
    private boolean scheduled;
    private boolean timed;
    private long changesFlushedAt;
    private long unflushedBytes;

    FlushQueue(Executor loop, Scheduler scheduler, Limits limits) {
        this.loop = loop;
        this.scheduler = scheduler;
        this.lingerNanos = limits.linger().toNanos();
        this.changesFlushedAt = scheduler.nanoTime() - lingerNanos;
    }

    /** The session is to be flushed in this turn of the loop. */
    void add(Session session) {
        now.add(session);
        if (!scheduled) {
            scheduled = true;
            loop.execute(
                    () -> {
                        scheduled = false;
                        flush(now);
                    });
        }
    }

    /** The session was offered a change: it is flushed at {@link #dispatched}, or later. */
    void addLive(Session session) {
        lingering.add(session);
    }

    /** A change was handed to all whom it concerns. */
    void published(long bytes) {
        unflushedBytes += bytes;
        if (unflushedBytes >= BYTES_A_FLUSH) {
            flushChanges();
        }
    }

    /** So far there is no further change. */
    void dispatched() {
        if (lingerNanos == 0) {
            flushChanges();
        } else if (!lingering.isEmpty() && !timed) {
            long rest = changesFlushedAt + lingerNanos - scheduler.nanoTime();
            if (rest <= 0) {
                flushChanges();
            } else {
                timed = true;
                scheduler.after(Duration.ofNanos(rest), () -> loop.execute(this::lingered));
            }
        }
    }

    private void lingered() {
        timed = false;
        flushChanges();
    }

    private void flushChanges() {
        unflushedBytes = 0;
        flush(lingering);
        flush(now);
        if (lingerNanos > 0) {
            changesFlushedAt = scheduler.nanoTime();
        }
    }

    private static void flush(List<Session> sessions) {
        for (int i = 0; i < sessions.size(); i++) {
            sessions.get(i).flush();
        }
        sessions.clear();
    }
}
