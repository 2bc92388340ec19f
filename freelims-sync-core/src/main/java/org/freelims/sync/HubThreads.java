package org.freelims.sync;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.freelims.sync.session.Scheduler;

/**
 * The threads a hub runs on. Give your own, or {@link #start} some and close them after the hub.
 * Thread-safe.
 *
 * @param loop runs the hub's event loop, one task at a time; nothing that blocks may share its
 *     threads
 * @param blocking runs reads of the log, snapshots and authentication; several threads
 * @param scheduler time and timers
 * @param shutdown what {@link #close} does
 */
public record HubThreads(Executor loop, Executor blocking, Scheduler scheduler, Runnable shutdown)
        implements AutoCloseable {
    private static final int BLOCKING_THREADS = 8;

    public HubThreads {
        requireNonNull(loop, "loop");
        requireNonNull(blocking, "blocking");
        requireNonNull(scheduler, "scheduler");
        requireNonNull(shutdown, "shutdown");
    }

    /** Starts daemon threads: one for the loop, one for timers, up to 8 for what blocks. */
    public static HubThreads start() {
        ExecutorService loop = Executors.newSingleThreadExecutor(named("freelims-sync-loop"));
        ExecutorService blocking =
                Executors.newFixedThreadPool(BLOCKING_THREADS, named("freelims-sync-blocking"));
        ScheduledExecutorService timer =
                Executors.newSingleThreadScheduledExecutor(named("freelims-sync-timer"));
        return new HubThreads(
                loop,
                blocking,
                Scheduler.of(timer),
                () -> {
                    timer.shutdownNow();
                    loop.shutdown();
                    blocking.shutdown();
                });
    }

    private static ThreadFactory named(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + '-' + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Ends threads that {@link #start} started; your own are yours to end. */
    @Override
    public void close() {
        shutdown.run();
    }
}
