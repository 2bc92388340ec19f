package org.freelims.sync.log;

import java.util.Collection;
import java.util.List;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;

/**
 * Where the current rows come from. Implementations are thread-safe and pass {@code
 * SnapshotSourceContract}; methods may do I/O and block.
 */
public interface SnapshotSource {
    /**
     * Takes a snapshot of all rows of these resources.
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
