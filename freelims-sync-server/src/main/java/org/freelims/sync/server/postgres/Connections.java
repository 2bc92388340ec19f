package org.freelims.sync.server.postgres;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import javax.sql.DataSource;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.jspecify.annotations.Nullable;

/**
 * The source's connections, a few of them kept open between uses, so that what is asked a hundred
 * times a second stays prepared there. Thread-safe.
 */
final class Connections implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Connections.class.getName());

    /** A peer that vanished without a word must not hold a thread for ever. */
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private final DataSource source;
    private final BlockingQueue<Connection> idle;
    private volatile boolean closed;

    Connections(DataSource source, int kept) {
        this.source = source;
        this.idle = new ArrayBlockingQueue<>(kept);
    }

    /**
     * What is done on a connection; run again on another one if a kept one turns out to be dead.
     */
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    /**
     * Does the work, with auto-commit on.
     *
     * @throws SyncException {@link ErrorCode#UNAVAILABLE} if the database can't be reached or fails
     */
    <T> T with(Work<T> work) {
        Connection kept = idle.poll();
        while (kept != null) {
            try {
                return run(kept, work);
            } catch (SQLException e) {
                if (!Sql.isUnreachable(e)) {
                    throw unavailable(e);
                }
                // died while it lay idle: so may have the others
                kept = idle.poll();
            }
        }
        try {
            return run(open(), work);
        } catch (SQLException e) {
            throw unavailable(e);
        }
    }

    private Connection open() throws SQLException {
        if (closed) {
            throw new SQLException("closed");
        }
        Connection connection = source.getConnection();
        try {
            connection.setAutoCommit(true);
            connection.setNetworkTimeout(Runnable::run, Math.toIntExact(SILENCE.toMillis()));
            return connection;
        } catch (SQLException e) {
            closeQuietly(connection);
            throw e;
        }
    }

    private <T> T run(Connection connection, Work<T> work) throws SQLException {
        boolean good = false;
        try {
            T result = work.on(connection);
            good = true;
            return result;
        } finally {
            if (!good || closed || !idle.offer(connection)) {
                closeQuietly(connection);
            } else if (closed) {
                close();
            }
        }
    }

    static SyncException unavailable(SQLException e) {
        return new SyncException(
                ErrorCode.UNAVAILABLE, "The database does not answer now. Try again soon.", e);
    }

    static void closeQuietly(@Nullable Connection connection) {
        if (connection == null) {
            return;
        }
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.log(Level.DEBUG, "a connection was already broken when it was closed", e);
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Connection c = idle.poll(); c != null; c = idle.poll()) {
            closeQuietly(c);
        }
    }
}
