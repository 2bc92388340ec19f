package org.freelims.sync.server.operation;

import static java.util.Objects.requireNonNull;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.server.operation.Health.Check;
import org.freelims.sync.server.postgres.RelayListener;
import org.freelims.sync.server.postgres.RelayStatus;
import org.freelims.sync.session.NodeStats;

/**
 * Looks after a node, once a second and on a thread of its own: does the database answer, does the
 * relay go round, is the log read, does the hub take its turns? To ask what it found costs nothing,
 * however often and whoever asks. Thread-safe.
 */
public final class NodeWatch implements RelayListener, AutoCloseable {
    /** How long the database may leave a question unanswered. */
    static final Duration DATABASE = Duration.ofSeconds(10);

    /** How long the relay may take for a round, pauses included. */
    static final Duration RELAY = Duration.ofSeconds(15);

    /** How long the log may be ahead of the node with no change dispatched. */
    static final Duration LOG = Duration.ofSeconds(15);

    /** How long the hub may leave a task undone before it counts as hung. */
    static final Duration HUB = Duration.ofSeconds(60);

    private static final Logger LOGGER = System.getLogger(NodeWatch.class.getName());
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final int LOOKS_A_SIZE = 60;

    /**
     * What is looked at.
     *
     * @param database asks the database how far the log is; may block, and fail
     * @param databaseBytes asks the database how large it is; may block, and fail
     * @param hub the hub's figures
     * @param loop what the hub runs on
     */
    public record Sources(
            Supplier<RelayStatus> database,
            LongSupplier databaseBytes,
            Supplier<NodeStats> hub,
            Executor loop) {
        public Sources {
            requireNonNull(database, "database");
            requireNonNull(databaseBytes, "databaseBytes");
            requireNonNull(hub, "hub");
            requireNonNull(loop, "loop");
        }
    }

    private final LongSupplier nanoTime;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    task -> {
                        Thread made = new Thread(task, "freelims-sync-health");
                        made.setDaemon(true);
                        return made;
                    });
    private final AtomicBoolean turnAsked = new AtomicBoolean();
    private volatile Optional<RelayStatus> status = Optional.empty();
    private volatile double databaseBytes = Double.NaN;
    private volatile boolean databaseFailed;
    private volatile boolean closing;
    private volatile long answeredNanos;
    private volatile long relayedNanos;
    private volatile long readNanos;
    private volatile long turnNanos;
    private long seenOffset = -1; // of the watch's thread
    private int looks; // of the watch's thread

    public NodeWatch() {
        this(System::nanoTime);
    }

    NodeWatch(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        long now = nanoTime.getAsLong();
        answeredNanos = now;
        relayedNanos = now;
        readNanos = now;
        turnNanos = now;
    }

    /** Starts to look; call it once. */
    public void start(Sources sources) {
        look(sources);
        var unused =
                thread.scheduleWithFixedDelay(
                        () -> look(sources),
                        PERIOD.toMillis(),
                        PERIOD.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    /** Looks once. */
    void look(Sources sources) {
        try {
            lookAtHub(sources.loop());
            lookAtLog(sources);
        } catch (RuntimeException e) {
            // the watch must go on, whatever one look brings
            LOGGER.log(Level.ERROR, "looking after the node failed", e);
        }
    }

    private void lookAtHub(Executor loop) {
        if (turnAsked.compareAndSet(false, true)) {
            loop.execute(
                    () -> {
                        turnNanos = nanoTime.getAsLong();
                        turnAsked.set(false);
                    });
        }
    }

    private void lookAtLog(Sources sources) {
        RelayStatus found;
        try {
            found = sources.database().get();
            if (looks++ % LOOKS_A_SIZE == 0) {
                databaseBytes = sources.databaseBytes().getAsLong();
            }
        } catch (SyncException e) {
            databaseFailed = true;
            return;
        }
        status = Optional.of(found);
        databaseFailed = false;
        answeredNanos = nanoTime.getAsLong();
        long offset = sources.hub().get().position().offset();
        boolean moved = offset != seenOffset;
        seenOffset = offset;
        if (moved || offset >= found.head().offset()) {
            readNanos = nanoTime.getAsLong();
        }
    }

    @Override
    public void moved(int moved, Duration took) {
        relayedNanos = nanoTime.getAsLong();
    }

    /** The server is going down: no clients should be sent here any more. */
    public void closing() {
        closing = true;
    }

    /** Returns how far the log was when the database last answered; empty until it has. */
    public Optional<RelayStatus> status() {
        return status;
    }

    /** Returns how large the database was about a minute ago; NaN until it has answered. */
    public double databaseBytes() {
        return databaseBytes;
    }

    /** Returns how the node is. */
    public Health health() {
        long now = nanoTime.getAsLong();
        return new Health(
                now - turnNanos <= HUB.toNanos(),
                List.of(
                        new Check("database", database(now)),
                        new Check(
                                "relay",
                                late(now, relayedNanos, RELAY, "the relay has not gone round")),
                        new Check(
                                "log",
                                late(now, readNanos, LOG, "no change was read from the log")),
                        new Check("closing", closing ? "the server is going down" : "")));
    }

    private String database(long now) {
        return databaseFailed
                ? "the database does not answer"
                : late(now, answeredNanos, DATABASE, "the database has not answered");
    }

    private static String late(long now, long lastNanos, Duration allowed, String what) {
        long nanos = now - lastNanos;
        return nanos <= allowed.toNanos()
                ? ""
                : what + " for " + TimeUnit.NANOSECONDS.toSeconds(nanos) + " s";
    }

    /** Ends the thread. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
