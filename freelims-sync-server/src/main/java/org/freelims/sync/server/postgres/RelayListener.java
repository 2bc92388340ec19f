package org.freelims.sync.server.postgres;

import java.time.Duration;
import org.freelims.sync.protocol.SyncException;

/**
 * Told what the relay does, to count it or to write it down; each method does nothing by default.
 * Called on the relay's thread: it must return at once. What it throws is logged and changes
 * nothing.
 */
public interface RelayListener {
    /**
     * A round was made.
     *
     * @param moved how many changes it moved into the log; 0 too where another process did
     */
    default void moved(int moved, Duration took) {}

    /** A round failed; the next comes after a pause. */
    default void failed(SyncException e) {}
}
