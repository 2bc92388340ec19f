package org.freelims.sync.examples.sidecar;

import java.sql.SQLException;
import java.util.List;
import org.freelims.sync.protocol.Action;

/** What the application's transactions have left to be told. */
interface Outbox {
    /**
     * One change.
     *
     * @param number in the order in which a record's changes were made; with gaps, and a lower one
     *     may appear after a higher one
     */
    record Entry(
            long number, String resource, String id, Action action, String data, String before) {}

    /** Returns the oldest that are there, up to {@code limit}. */
    List<Entry> read(int limit) throws SQLException;

    /** Removes what was told. */
    void remove(List<Long> numbers) throws SQLException;
}
