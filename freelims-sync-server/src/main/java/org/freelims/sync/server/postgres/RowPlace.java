package org.freelims.sync.server.postgres;

import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;

/**
 * A row's place in snapshots; as text {@code resource/} with the order's letter and the id behind
 * it. Immutable.
 */
record RowPlace(String resource, IdOrder order, String id) {
    /**
     * Reads what {@link #toString} wrote.
     *
     * @throws SyncException {@link ErrorCode#POSITION_LOST} if it is none
     */
    static RowPlace parse(String text) {
        int slash = text.indexOf('/');
        if (slash >= 0 && slash + 1 < text.length()) {
            for (IdOrder order : IdOrder.values()) {
                if (order.letter() == text.charAt(slash + 1)) {
                    return new RowPlace(text.substring(0, slash), order, text.substring(slash + 2));
                }
            }
        }
        throw lost("it is no place in a snapshot");
    }

    static SyncException lost(String why) {
        return new SyncException(
                ErrorCode.POSITION_LOST, "This snapshot can't be gone on with: " + why + ".");
    }

    @Override
    public String toString() {
        return resource + '/' + order.letter() + id;
    }
}
