package org.freelims.sync.server.postgres;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * Waits for the relay's notifications on a connection and a thread of its own, and connects again
 * for as long as it takes. Thread-safe.
 *
 * <p>Notifications only make things quicker: one can be lost, and a pooler in transaction mode
 * delivers none. So the listener is called once a second in any case.
 */
final class Listening implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Listening.class.getName());

    /** What the listener is told when a second passed, or a connection was made. */
    static final String NOTHING_HEARD = "";

    private static final Duration BACKSTOP = Duration.ofSeconds(1);
    private static final Duration TURN = Duration.ofMillis(100);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);

    private final DataSource source;
    private final Consumer<String> listener;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private volatile @Nullable Connection current;

    /**
     * @param listener told each notification's payload, on a thread of ours
     */
    Listening(DataSource source, Consumer<String> listener) {
        this.source = source;
        this.listener = listener;
        this.thread = new Thread(this::run, "freelims-sync-listen");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    private void run() {
        Backoff backoff = new Backoff(ThreadLocalRandom.current());
        while (!isClosed()) {
            try (Connection connection = source.getConnection()) {
                current = connection;
                listen(connection, backoff);
            } catch (SQLException e) {
                if (isClosed()) {
                    return;
                }
                if (backoff.isFirst()) {
                    LOG.log(
                            Level.WARNING,
                            "no notifications from the database for now: {0}",
                            Sql.reason(e));
                }
            } finally {
                current = null;
            }
            listener.accept(NOTHING_HEARD);
            try {
                if (closed.await(backoff.next().toNanos(), TimeUnit.NANOSECONDS)) {
                    return;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void listen(Connection connection, Backoff backoff) throws SQLException {
        connection.setAutoCommit(true);
        try (Statement statement = connection.createStatement()) {
            statement.execute("LISTEN freelims_sync");
        }
        PGConnection postgres = connection.unwrap(PGConnection.class);
        backoff.reset();
        listener.accept(NOTHING_HEARD);
        while (!isClosed()) {
            PGNotification[] heard = awaitNotifications(postgres);
            if (isClosed()) {
                break;
            }
            if (heard.length == 0) {
                // says whether the connection still lives, which waiting alone does not
                try (Statement statement = connection.createStatement()) {
                    statement.execute("");
                }
                listener.accept(NOTHING_HEARD);
            } else {
                for (PGNotification notification : heard) {
                    listener.accept(notification.getParameter());
                }
            }
        }
        try (Statement statement = connection.createStatement()) {
            // it may go back to a pool, which must not listen for us
            statement.execute("UNLISTEN freelims_sync");
        }
    }

    /** In short turns, so that closing needs not tear a connection that belongs to a pool. */
    private PGNotification[] awaitNotifications(PGConnection postgres) throws SQLException {
        long turns = BACKSTOP.dividedBy(TURN);
        for (long i = 0; i < turns && !isClosed(); i++) {
            PGNotification[] heard = postgres.getNotifications(Math.toIntExact(TURN.toMillis()));
            if (heard != null && heard.length > 0) {
                return heard;
            }
        }
        return new PGNotification[0];
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            thread.join(STOP_TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Connection stuck = current;
        if (thread.isAlive() && stuck != null) {
            try {
                // its peer has gone without a word
                stuck.abort(Runnable::run);
            } catch (SQLException e) {
                LOG.log(Level.DEBUG, "the connection was already broken", e);
            }
        }
    }
}
