package org.freelims.sync.client;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;

/** Runs something later. Implementations are thread-safe. */
@FunctionalInterface
public interface Scheduler {
    /** Runs {@code task}, which does not block, once after {@code delay}, on any thread. */
    Timer after(Duration delay, Runnable task);

    /** Something that will run. */
    @FunctionalInterface
    interface Timer {
        /** Keeps it from running, unless it has begun to. Idempotent. */
        void cancel();
    }

    /** Returns a scheduler on an executor, which the caller shuts down. */
    static Scheduler of(ScheduledExecutorService executor) {
        return DefaultThreads.scheduler(executor);
    }
}
