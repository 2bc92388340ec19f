package org.freelims.sync.server.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.freelims.sync.log.Change;

/**
 * Says whether a log is the history of {@link StressWriters}' tables. Each update of a {@code hot}
 * record raised its version by one, and each transaction ended with a {@code ledger} row that
 * counts its changes; so what is lost, repeated, reordered or split shows.
 */
final class LogChecker {
    private static final Pattern VERSION = Pattern.compile("\"version\":(\\d+)");
    private static final Pattern COUNT = Pattern.compile("\"changes\":(\\d+)");

    private final List<String> faults = new ArrayList<>();
    private final Map<String, Long> versions = new HashMap<>();
    private final Set<String> ledger = new HashSet<>();

    private LogChecker() {}

    /** Returns what is wrong; empty if nothing is. */
    static List<String> faults(List<Change> log, Connection connection) throws SQLException {
        LogChecker checker = new LogChecker();
        checker.order(log);
        checker.transactions(log);
        checker.tables(connection);
        return checker.faults;
    }

    private static long number(Pattern pattern, String json) {
        Matcher matcher = pattern.matcher(json);
        if (!matcher.find()) {
            throw new IllegalArgumentException(json);
        }
        return Long.parseLong(matcher.group(1));
    }

    private void order(List<Change> log) {
        long offset = 0;
        for (Change change : log) {
            if (change.position().offset() != ++offset) {
                faults.add("offset " + change.position() + " stands where " + offset + " belongs");
                offset = change.position().offset();
            }
            if (change.resource().equals("hot")) {
                long version = number(VERSION, change.data());
                Long before = versions.put(change.id(), version);
                if (version != (before == null ? 0 : before) + 1) {
                    faults.add(
                            "record %s goes from version %s to %d at %s"
                                    .formatted(change.id(), before, version, change.position()));
                }
            } else if (!ledger.add(change.id())) {
                faults.add("ledger row " + change.id() + " twice");
            }
        }
    }

    private void transactions(List<Change> log) {
        Set<String> seen = new HashSet<>();
        int size = 0;
        for (int i = 0; i < log.size(); i++) {
            Change change = log.get(i);
            size++;
            boolean ends = i + 1 == log.size() || !log.get(i + 1).tx().equals(change.tx());
            if (ends != change.txLast()) {
                faults.add("txLast is wrong at " + change.position());
            }
            if (ends) {
                if (!seen.add(change.tx())) {
                    faults.add("transaction " + change.tx() + " is split");
                }
                if (!change.resource().equals("ledger")
                        || number(COUNT, change.data()) != size - 1) {
                    faults.add("transaction " + change.tx() + " is not whole");
                }
                size = 0;
            }
        }
    }

    private void tables(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try (ResultSet rows =
                    statement.executeQuery("SELECT id::text, version FROM hot WHERE version > 0")) {
                int records = 0;
                while (rows.next()) {
                    records++;
                    Long logged = versions.get(rows.getString(1));
                    if (logged == null || logged != rows.getLong(2)) {
                        faults.add(
                                "record %s is at version %d, but the log ends with %s"
                                        .formatted(rows.getString(1), rows.getLong(2), logged));
                    }
                }
                if (records != versions.size()) {
                    faults.add("the log has records that were never changed");
                }
            }
            Set<String> rowsLeft = new HashSet<>(ledger);
            int lost = 0;
            try (ResultSet rows = statement.executeQuery("SELECT id::text FROM ledger")) {
                while (rows.next()) {
                    lost += rowsLeft.remove(rows.getString(1)) ? 0 : 1;
                }
            }
            if (lost > 0) {
                faults.add(lost + " transactions are lost");
            }
            if (!rowsLeft.isEmpty()) {
                faults.add(rowsLeft.size() + " transactions in the log were never committed");
            }
        }
    }
}
