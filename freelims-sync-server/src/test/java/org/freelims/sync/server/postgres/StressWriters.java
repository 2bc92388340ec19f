package org.freelims.sync.server.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/**
 * Writers on few hot records, with pauses inside transactions, rollbacks, savepoints, long
 * transactions and two-phase commits; they go on through lost connections. Every commit ends with a
 * {@code ledger} row.
 */
final class StressWriters implements AutoCloseable {
    private static final int RECORDS = 40;

    private final DataSource source;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong commits = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final boolean twoPhase;

    StressWriters(DataSource source, boolean twoPhase) {
        this.source = source;
        this.twoPhase = twoPhase;
    }

    static void createTables(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE hot (id int PRIMARY KEY, version int NOT NULL DEFAULT 0);"
                            + " INSERT INTO hot (id) SELECT generate_series(1, "
                            + RECORDS
                            + "); CREATE TABLE ledger (id bigint GENERATED ALWAYS AS IDENTITY"
                            + " PRIMARY KEY, changes int NOT NULL)");
        }
    }

    void start(int writers) {
        for (int i = 0; i < writers; i++) {
            Random random = new Random(i);
            Thread thread = new Thread(() -> run(random), "stress-writer-" + i);
            threads.add(thread);
            thread.start();
        }
    }

    long commits() {
        return commits.get();
    }

    long failures() {
        return failures.get();
    }

    private boolean isStopped() {
        return stop.getCount() == 0;
    }

    /**
     * A transaction whose backend was killed after PREPARE keeps its locks until {@link #close}
     * settles it.
     */
    private static void boundLockWaits(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET lock_timeout = '1s'");
        }
        connection.commit();
    }

    private void run(Random random) {
        while (!isStopped()) {
            try (Connection connection = source.getConnection()) {
                connection.setAutoCommit(false);
                boundLockWaits(connection);
                while (!isStopped()) {
                    transaction(connection, random);
                }
            } catch (SQLException e) {
                // the connection was killed, a deadlock was broken, the database is down: go on
                failures.incrementAndGet();
                pause(Duration.ofMillis(20));
            }
        }
    }

    private void transaction(Connection connection, Random random) throws SQLException {
        boolean longOne = random.nextInt(60) == 0;
        int updates = longOne ? 1 : 1 + random.nextInt(4);
        int changes = 0;
        int record = 0;
        for (int i = 0; i < updates; i++) {
            // in rising order, so that deadlocks stay rare
            record += 1 + random.nextInt(RECORDS / 4);
            changes += update(connection, Math.min(record, RECORDS));
            if (random.nextInt(3) == 0) {
                pause(Duration.ofMillis(random.nextInt(4)));
            }
            if (random.nextInt(6) == 0) {
                Savepoint savepoint = connection.setSavepoint();
                update(connection, Math.min(record, RECORDS));
                connection.rollback(savepoint);
            }
        }
        if (longOne) {
            pause(Duration.ofMillis(300 + random.nextInt(500)));
        }
        if (random.nextInt(6) == 0) {
            connection.rollback();
            return;
        }
        try (PreparedStatement statement =
                connection.prepareStatement("INSERT INTO ledger (changes) VALUES (?)")) {
            statement.setInt(1, changes);
            statement.execute();
        }
        if (random.nextBoolean()) {
            pause(Duration.ofMillis(random.nextInt(3)));
        }
        if (twoPhase && random.nextInt(10) == 0) {
            inTwoPhases(connection, random);
        } else {
            connection.commit();
        }
        commits.incrementAndGet();
    }

    private static int update(Connection connection, int record) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("UPDATE hot SET version = version + 1 WHERE id = ?")) {
            statement.setInt(1, record);
            return statement.executeUpdate();
        }
    }

    private void inTwoPhases(Connection connection, Random random) throws SQLException {
        String name = "stress-" + Long.toHexString(random.nextLong());
        try (Statement statement = connection.createStatement()) {
            statement.execute("PREPARE TRANSACTION '" + name + "'");
            pause(Duration.ofMillis(random.nextInt(20)));
            connection.setAutoCommit(true);
            statement.execute(
                    (random.nextInt(4) == 0 ? "ROLLBACK" : "COMMIT") + " PREPARED '" + name + "'");
        } finally {
            if (!connection.isClosed()) {
                connection.setAutoCommit(false);
            }
        }
    }

    private void pause(Duration duration) {
        try {
            if (stop.await(duration.toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops, and commits what was left prepared. */
    @Override
    public void close() throws SQLException {
        stop.countDown();
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            List<String> left = new ArrayList<>();
            try (var rows = statement.executeQuery("SELECT gid FROM pg_prepared_xacts")) {
                while (rows.next()) {
                    left.add(rows.getString(1));
                }
            }
            for (String name : left) {
                statement.execute("COMMIT PREPARED '" + name + "'");
            }
        }
    }
}
