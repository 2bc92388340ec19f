package org.freelims.sync.client;

import java.util.List;
import org.freelims.sync.protocol.SyncException;

/**
 * What a program does with the changes of one resource's rows, as objects. Otherwise as a {@link
 * SyncHandler}: a row that does not read counts as a call that threw.
 *
 * @param <T> what rows are read as
 */
@FunctionalInterface
public interface RowHandler<T> {
    /** A change (rules 1 to 4). */
    void onChange(RowChange<T> change);

    /**
     * Rows of a snapshot (rule 4); {@code last} says that these are the last of it. There may be
     * none.
     */
    default void onRows(List<T> rows, boolean last) {}

    /** A record left the filter, or may no longer be seen (rule 9). */
    default void onLeft(String id) {}

    /** Drop what you hold; see {@link Resync}. */
    default void onResync(Resync resync) {}

    /** The subscription has ended and nothing follows. */
    default void onEnded(SyncException why) {}
}
