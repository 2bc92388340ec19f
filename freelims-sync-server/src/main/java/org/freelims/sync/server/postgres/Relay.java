package org.freelims.sync.server.postgres;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.freelims.sync.protocol.SyncException;

/**
 * Calls the SQL function {@code relay()} again and again, on a thread of its own. Every node does:
 * the function lets one at a time stamp, so a node that was killed or frozen holds nobody up. It
 * asks again soon after it moved little, later after it moved much (a call has a fixed cost that
 * takes from the writers, and many rows share it then), and the less often the longer there was
 * nothing, unless it is poked. Thread-safe.
 */
final class Relay implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Relay.class.getName());

    private static final Duration MOVED = Duration.ofMillis(2);
    private static final Duration MOVED_PER_ROW = Duration.ofNanos(200_000);
    private static final Duration MOVED_MUCH = Duration.ofMillis(20);
    private static final Duration BUSY = Duration.ofMillis(5);
    private static final Duration QUIET = Duration.ofMillis(20);
    private static final Duration IDLE = Duration.ofMillis(50);
    private static final Duration BUSY_FOR = Duration.ofSeconds(1);
    private static final Duration QUIET_FOR = Duration.ofSeconds(10);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

    /** As many rows at once keep one call well under a tenth of a second. */
    private static final int WINDOW_ROWS = 2000;

    private final Connections connections;
    private final LongConsumer headSeen;
    private final RelayListener listener;
    private final Semaphore pokes = new Semaphore(0);
    private final Thread thread;
    private volatile boolean closed;

    /**
     * @param headSeen told the newest offset after each call, on the relay's thread
     */
    Relay(Connections connections, LongConsumer headSeen, RelayListener listener) {
        this.connections = connections;
        this.headSeen = headSeen;
        this.listener = listener;
        this.thread = new Thread(this::run, "freelims-sync-relay");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Makes the relay look at once: something was committed. */
    void poke() {
        if (pokes.availablePermits() == 0) {
            pokes.release();
        }
    }

    private record Moved(int rows, long head) {}

    private void run() {
        Backoff backoff = new Backoff(ThreadLocalRandom.current());
        long lastWork = System.nanoTime() - IDLE.toNanos() - QUIET_FOR.toNanos();
        while (!closed) {
            Duration pause;
            try {
                long began = System.nanoTime();
                Moved moved = relay();
                Duration took = Duration.ofNanos(System.nanoTime() - began);
                if (!backoff.isFirst()) {
                    backoff.reset();
                    LOG.log(Level.INFO, "the relay works again");
                }
                headSeen.accept(moved.head());
                tell(() -> listener.moved(Math.max(0, moved.rows()), took));
                if (moved.rows() != 0) {
                    lastWork = System.nanoTime();
                }
                pause =
                        moved.rows() > 0
                                ? restAfter(moved.rows())
                                : pause(System.nanoTime() - lastWork);
            } catch (SyncException e) {
                if (closed) {
                    return;
                }
                if (backoff.isFirst()) {
                    LOG.log(
                            Level.WARNING,
                            "the relay waits for the database: {0}",
                            e.getCause() == null ? e : Sql.reason(e.getCause()));
                }
                tell(() -> listener.failed(e));
                pause = backoff.next();
            }
            await(pause);
        }
    }

    private static void tell(Runnable what) {
        try {
            what.run();
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "a listener failed", e);
        }
    }

    private static Duration restAfter(int rows) {
        if (rows >= WINDOW_ROWS) {
            return Duration.ZERO;
        }
        Duration rest = MOVED.plus(MOVED_PER_ROW.multipliedBy(rows));
        return rest.compareTo(MOVED_MUCH) < 0 ? rest : MOVED_MUCH;
    }

    private static Duration pause(long nanosSinceWork) {
        if (nanosSinceWork < BUSY_FOR.toNanos()) {
            return BUSY;
        }
        return nanosSinceWork < QUIET_FOR.toNanos() ? QUIET : IDLE;
    }

    private void await(Duration pause) {
        try {
            if (pokes.tryAcquire(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                pokes.drainPermits();
            }
        } catch (InterruptedException e) {
            // only close() interrupts this thread, and the loop sees that it did
            Thread.currentThread().interrupt();
            closed = true;
        }
    }

    private Moved relay() {
        return connections.with(
                connection -> {
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "SELECT moved, head FROM freelims_sync.relay(?)")) {
                        statement.setInt(1, WINDOW_ROWS);
                        try (ResultSet row = statement.executeQuery()) {
                            row.next();
                            return new Moved(row.getInt(1), row.getLong(2));
                        }
                    }
                });
    }

    @Override
    public void close() {
        closed = true;
        poke();
        try {
            thread.join(STOP_TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
