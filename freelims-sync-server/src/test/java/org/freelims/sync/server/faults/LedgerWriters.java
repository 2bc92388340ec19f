package org.freelims.sync.server.faults;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/**
 * Writers that fight for a few records and keep a ledger: each numbers its changes, and writes the
 * numbers down in the same transaction. Whatever becomes of a commit whose answer was lost, the
 * ledger says which changes there were. Thread-safe.
 */
final class LedgerWriters implements AutoCloseable {
    static final int RECORDS = 20;

    /** What a change carries that is rolled back. */
    static final long NEVER = -1;

    private final DataSource source;
    private final Duration pause;
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();

    LedgerWriters(DataSource source, Duration pause) {
        this.source = source;
        this.pause = pause;
    }

    static void createTables(DataSource source) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE stock (id int PRIMARY KEY, version bigint NOT NULL DEFAULT 0,"
                            + " writer int NOT NULL DEFAULT 0, n bigint NOT NULL DEFAULT 0);"
                            + " INSERT INTO stock (id) SELECT generate_series(1, "
                            + RECORDS
                            + "); CREATE TABLE ledger (writer int, n bigint, PRIMARY KEY (writer,"
                            + " n))");
        }
    }

    void start(int writers) {
        for (int i = 1; i <= writers; i++) {
            int writer = i;
            Thread thread = new Thread(() -> run(writer), "ledger-writer-" + i);
            threads.add(thread);
            thread.start();
        }
    }

    /** Returns how many changes were committed, as far as the writers were told. */
    long written() {
        return written.get();
    }

    long failures() {
        return failures.get();
    }

    private void run(int writer) {
        Random random = new Random(writer);
        while (stop.getCount() > 0) {
            try (Connection connection = source.getConnection()) {
                connection.setAutoCommit(false);
                try (Statement statement = connection.createStatement()) {
                    statement.execute("SET lock_timeout = '1s'");
                }
                connection.commit();
                long next = 1 + ledger(connection).getOrDefault(writer, 0L);
                while (stop.getCount() > 0) {
                    next += transaction(connection, writer, next, random);
                    pause(pause);
                }
            } catch (SQLException e) {
                // refused, killed, deadlocked, no room: the ledger tells how to go on
                failures.incrementAndGet();
                pause(Duration.ofMillis(20));
            }
        }
    }

    private int transaction(Connection connection, int writer, long next, Random random)
            throws SQLException {
        boolean rollsBack = random.nextInt(8) == 0;
        int changes = 1 + random.nextInt(3);
        int record = 0;
        try (PreparedStatement update =
                        connection.prepareStatement(
                                "UPDATE stock SET version = version + 1, writer = ?, n = ? WHERE id"
                                        + " = ?");
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO ledger VALUES (?, ?)")) {
            for (int i = 0; i < changes; i++) {
                // in rising order, so that deadlocks stay rare
                record += 1 + random.nextInt(RECORDS / 4);
                update.setInt(1, writer);
                update.setLong(2, rollsBack ? NEVER : next + i);
                update.setInt(3, record);
                update.executeUpdate();
                insert.setInt(1, writer);
                insert.setLong(2, next + i);
                insert.executeUpdate();
            }
        }
        if (rollsBack) {
            connection.rollback();
            return 0;
        }
        connection.commit();
        written.addAndGet(changes);
        return changes;
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

    /** Returns the last number of each writer; all below it were committed too. */
    static Map<Integer, Long> ledger(Connection connection) throws SQLException {
        return pairs(connection, "SELECT writer, max(n) FROM ledger GROUP BY writer");
    }

    /** Returns the version of each record. */
    static Map<Integer, Long> versions(Connection connection) throws SQLException {
        return pairs(connection, "SELECT id, version FROM stock");
    }

    private static Map<Integer, Long> pairs(Connection connection, String sql) throws SQLException {
        Map<Integer, Long> found = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                found.put(rows.getInt(1), rows.getLong(2));
            }
        }
        return found;
    }

    @Override
    public void close() {
        stop.countDown();
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
