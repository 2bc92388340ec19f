package org.freelims.sync.server.tyrus;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs tasks one after another, in order, on the threads that bring them: the first runs its own
 * and those that others bring meanwhile. Nobody waits and no lock is held.
 */
final class Serial {
    private static final Logger LOG = System.getLogger(Serial.class.getName());

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    void run(Runnable task) {
        tasks.add(task);
        if (waiting.getAndIncrement() > 0) {
            return;
        }
        do {
            Runnable next = tasks.poll();
            try {
                if (next != null) {
                    next.run();
                }
            } catch (RuntimeException e) {
                // the tasks after it must still run, above all the one that tells of the end
                LOG.log(Level.ERROR, "A task of a connection failed.", e);
            }
        } while (waiting.decrementAndGet() > 0);
    }
}
