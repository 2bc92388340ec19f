package org.freelims.sync.session;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Time and timers, so that a test can bring its own. Thread-safe. */
public interface Scheduler {
    /** Runs the task once, some time after the delay, on any thread; a task must not block. */
    void after(Duration delay, Runnable task);

    /** Returns nanoseconds since some moment, for measuring how long something took. */
    long nanoTime();

    /** Returns the time of day. */
    Instant now();

    /**
     * Returns the machine's time, with an executor's timers. Once that is shut down, tasks are
     * forgotten.
     */
    static Scheduler of(ScheduledExecutorService executor) {
        return new Scheduler() {
            @Override
            public void after(Duration delay, Runnable task) {
                try {
                    var unused = executor.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
                } catch (RejectedExecutionException e) {
                    if (!executor.isShutdown()) {
                        throw e;
                    }
                }
            }

            @Override
            public long nanoTime() {
                return System.nanoTime();
            }

            @Override
            public Instant now() {
                return Instant.now();
            }
        };
    }
}
