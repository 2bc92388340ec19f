package org.freelims.sync.server.socketio;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/*
 * Invariant: at most one thread runs turns, and every turn taken is run.
 *
 * `queued` counts the turns taken and not yet finished. Whoever raises it from 0 runs what it finds; who raises it
 * further has its turn run by that thread. After a few turns the rest goes to the executor, so that a thread that came
 * to flush one session is not kept by a client that keeps it busy.
 */
/**
 * Runs what happens to one session one after another, in order, on the threads it comes from.
 * Thread-safe.
 */
final class Turns {
    private static final int TURNS_AT_ONCE = 8;

    private final Executor executor;
    private final ConcurrentLinkedQueue<Runnable> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queued = new AtomicInteger();

    /**
     * @param executor runs what a caller's thread should not be kept with
     */
    Turns(Executor executor) {
        this.executor = executor;
    }

    /** Runs {@code turn} after all that were taken before, maybe before this returns. */
    void take(Runnable turn) {
        queue.add(turn);
        if (queued.getAndIncrement() == 0) {
            run();
        }
    }

    private void run() {
        for (int i = 0; i < TURNS_AT_ONCE; i++) {
            boolean done = false;
            try {
                queue.remove().run();
                done = true;
            } finally {
                if (!done && queued.decrementAndGet() > 0) {
                    executor.execute(this::run); // one turn's failure travels and ends no other
                }
            }
            if (queued.decrementAndGet() == 0) {
                return;
            }
        }
        executor.execute(this::run);
    }
}
