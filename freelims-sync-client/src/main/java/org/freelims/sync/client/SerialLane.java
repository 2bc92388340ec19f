package org.freelims.sync.client;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/*
 * Invariant: tasks run one at a time, in the order they were posted.
 *
 * `pending` counts tasks posted and not yet finished. Whoever raises it from 0 runs tasks until it is 0 again; so a task
 * posted from within a task waits for its turn, and none is stranded.
 */
/** Runs tasks one after another on an executor. Thread-safe. */
final class SerialLane {
    private final Executor executor;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger pending = new AtomicInteger();
    private final Consumer<Throwable> onFailure;

    /**
     * @param executor {@code Runnable::run} for tasks that do not block: whoever posts first then
     *     runs them, and those that others post meanwhile
     * @param onFailure is told, in the lane, of what a task threw
     */
    SerialLane(Executor executor, Consumer<Throwable> onFailure) {
        this.executor = executor;
        this.onFailure = onFailure;
    }

    void post(Runnable task) {
        tasks.add(task);
        if (pending.getAndIncrement() == 0) {
            executor.execute(this::run);
        }
    }

    private void run() {
        do {
            Runnable next = tasks.remove();
            try {
                next.run();
            } catch (RuntimeException | Error e) {
                onFailure.accept(e);
            }
        } while (pending.decrementAndGet() > 0);
    }
}
