package org.freelims.sync.transport;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/*
 * Invariant: tasks run one at a time, in the order execute() took them, each seeing what those before it did.
 *
 * `queued` counts tasks taken and not yet finished. Whoever raises it from 0 hands a run to the executor, and a run goes
 * on until it has lowered it to 0 again, so there is never more than one run and never a task without one.
 */
/**
 * Runs tasks one at a time, in order, on an executor that was given. A task that fails is logged.
 * Thread-safe.
 */
public final class SerialExecutor implements Executor {
    private static final Logger LOGGER = System.getLogger(SerialExecutor.class.getName());
    private static final int TASKS_A_RUN = 1000;

    private final Executor executor;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queued = new AtomicInteger();

    /**
     * Makes a serial executor on the given one; while tasks are queued it holds one of its threads
     * at a time.
     */
    public SerialExecutor(Executor executor) {
        this.executor = executor;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        if (queued.getAndIncrement() == 0) {
            submit();
        }
    }

    private void submit() {
        try {
            executor.execute(this::run);
        } catch (RejectedExecutionException e) {
            // the application took its threads back: there is nobody left to run what was queued
            LOGGER.log(Level.DEBUG, "the executor is shut down: what was queued is not run");
        }
    }

    private void run() {
        for (int done = 0; done < TASKS_A_RUN; done++) {
            Runnable task = tasks.poll();
            if (task != null) {
                runSafely(task);
                if (queued.decrementAndGet() == 0) {
                    return;
                }
            }
        }
        submit();
    }

    private static void runSafely(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            // one session's defect must not end the loop of all of them
            LOGGER.log(Level.ERROR, "a task failed", e);
        }
    }
}
