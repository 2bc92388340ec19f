package org.freelims.sync.client;

import java.util.List;
import java.util.Optional;

/**
 * What became of a {@link LiveView} at once: by one or more whole transactions, by a snapshot, or
 * by other rights. Immutable.
 *
 * @param before what it held
 * @param after what it holds now
 * @param rows what differs, one entry a key, at least one
 */
public record ViewChange<K, V>(
        ViewContents<K, V> before, ViewContents<K, V> after, List<RowDifference<K, V>> rows) {
    public ViewChange {
        rows = List.copyOf(rows);
    }

    /**
     * What became of one row.
     *
     * @param was empty if it is new to the view
     * @param is empty if it is no longer in the view
     */
    public record RowDifference<K, V>(K key, Optional<V> was, Optional<V> is) {}
}
