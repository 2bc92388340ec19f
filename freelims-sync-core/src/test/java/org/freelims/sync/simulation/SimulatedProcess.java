package org.freelims.sync.simulation;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.Executor;
import org.freelims.sync.session.Scheduler;

/**
 * The threads and timers of one process. It can be frozen, as by SIGSTOP: what falls due then runs
 * when it thaws; and killed: nothing of it ever runs again, and nobody is told. Confined to the
 * test's thread.
 */
final class SimulatedProcess implements Scheduler {
    private static final int HELD_ONE_IN = 25;
    private static final int HELD_TIMES = 20;

    private final VirtualTime time;
    private final Random random;
    private long frozenUntilNanos;
    private boolean killed;
    private boolean steady;

    SimulatedProcess(VirtualTime time, Random random) {
        this.time = time;
        this.random = random;
    }

    /**
     * Returns an executor whose tasks start after a random delay, each independently of the others;
     * while this is not steady, now and then after one that is much longer.
     */
    Executor executor(Duration shortest, Duration longest) {
        return task -> {
            long nanos = random.nextLong(shortest.toNanos(), longest.toNanos() + 1);
            boolean held = !steady && random.nextInt(HELD_ONE_IN) == 0;
            after(Duration.ofNanos(held ? nanos * HELD_TIMES : nanos), task);
        };
    }

    void steady(boolean steady) {
        this.steady = steady;
    }

    @Override
    public void after(Duration delay, Runnable task) {
        time.after(delay, () -> run(task));
    }

    private void run(Runnable task) {
        long left = frozenUntilNanos - time.nanoTime();
        if (killed) {
            return;
        }
        if (left > 0) {
            time.after(Duration.ofNanos(left), () -> run(task));
        } else {
            task.run();
        }
    }

    void freeze(Duration duration) {
        frozenUntilNanos = Math.max(frozenUntilNanos, time.nanoTime() + duration.toNanos());
    }

    void thaw() {
        frozenUntilNanos = time.nanoTime();
    }

    void kill() {
        killed = true;
    }

    @Override
    public long nanoTime() {
        return time.nanoTime();
    }

    @Override
    public Instant now() {
        return time.now();
    }
}
