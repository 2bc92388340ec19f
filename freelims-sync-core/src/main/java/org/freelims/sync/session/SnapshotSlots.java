package org.freelims.sync.session;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * Bounds how many snapshots are open at once; who comes later waits in line. Confined to the hub's
 * loop.
 */
final class SnapshotSlots {
    private final ArrayDeque<Consumer<Runnable>> waiting = new ArrayDeque<>();
    private int free;

    SnapshotSlots(int slots) {
        this.free = slots;
    }

    /**
     * Runs the task when a slot is free, perhaps at once; it must run what it is given when it is
     * done with the slot.
     */
    void acquire(Consumer<Runnable> task) {
        if (free == 0) {
            waiting.add(task);
            return;
        }
        free--;
        task.accept(this::release);
    }

    private void release() {
        free++;
        Consumer<Runnable> next = waiting.poll();
        if (next != null) {
            acquire(next);
        }
    }
}
