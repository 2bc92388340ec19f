package org.freelims.sync.log;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;

/**
 * Where the current rows come from. Implementations are thread-safe and pass {@code
 * SnapshotSourceContract}; methods may do I/O and block.
 */
public interface SnapshotSource {
    /**
     * Takes a snapshot of all rows of these resources, in the order of their names.
     *
     * @throws SyncException {@link ErrorCode#SNAPSHOT_UNAVAILABLE} if one of them has no rows to
     *     read; {@link ErrorCode#UNAVAILABLE} if the source can't be reached now
     */
    Snapshot open(Collection<String> resources);

    /**
     * Takes a snapshot of one record, with one row or none.
     *
     * @throws SyncException as {@link #open(Collection)} does
     */
    Snapshot open(String resource, String id);

    /**
     * Takes the rest of an earlier snapshot of these resources, of this or another source of the
     * same data: the rows as of its position that come behind a place in it.
     *
     * @param position the earlier snapshot's
     * @param place what {@link Snapshot#placeAfter} told
     * @throws SyncException {@link ErrorCode#POSITION_LOST} if that can't be told any more, so that
     *     a snapshot has to be taken anew; otherwise as {@link #open(Collection)} does
     */
    default Snapshot reopen(Collection<String> resources, Position position, String place) {
        throw new SyncException(
                ErrorCode.POSITION_LOST, "Snapshots of this source can't be gone on with.");
    }

    /**
     * Rows as of exactly one place in the log: the state after the change at {@link #position} and
     * before the next, so that reading the log on from there repeats nothing and misses nothing
     * (rule 4). Confined to one thread at a time. It holds no database transaction, however slowly
     * it is read.
     */
    interface Snapshot extends AutoCloseable {
        /** Returns the place in the log that the rows are of. */
        Position position();

        /**
         * Returns up to {@code limit} further rows, resource by resource; empty means that was all.
         */
        List<Row> next(int limit);

        /**
         * Returns where one of these rows lies among them, for {@link #reopen}; empty if the rows
         * behind it can't be had by themselves.
         */
        default Optional<String> placeAfter(Row row) {
            return Optional.empty();
        }

        /** Releases what the snapshot holds. Idempotent. */
        @Override
        void close();
    }

    /**
     * One row.
     *
     * @param data JSON object text, as in {@link Change#data}
     */
    record Row(String resource, String id, String data) {}
}
