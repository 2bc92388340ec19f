package org.freelims.sync.client;

import java.util.Map;
import java.util.Optional;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.RowsDigest;

/**
 * What a {@link LiveView} held at one moment: the result of whole transactions. Immutable; taking
 * one costs nothing, and one that is kept shares what it can with those after it.
 *
 * @param rows by key, in no order; it can't be written to
 * @param position all changes up to this one are in it, and none after; empty before the first
 *     snapshot
 * @param digest of the rows as they were sent: the same as that of the server's rows at the same
 *     position, see {@code org.freelims.sync.HeldRows}
 */
public record ViewContents<K, V>(Map<K, V> rows, Optional<Position> position, RowsDigest digest) {

    /** Returns the row with this key, if there is one. */
    public Optional<V> get(K key) {
        return Optional.ofNullable(rows.get(key));
    }

    /** Returns how many rows there are. */
    public int size() {
        return rows.size();
    }

    /** Returns whether all changes up to {@code other} are in this. */
    public boolean reaches(Position other) {
        return position.filter(
                        at -> at.epoch().equals(other.epoch()) && at.offset() >= other.offset())
                .isPresent();
    }
}
