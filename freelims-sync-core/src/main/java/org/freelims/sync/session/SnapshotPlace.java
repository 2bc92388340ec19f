package org.freelims.sync.session;

import java.util.Optional;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;

/**
 * A place in a snapshot, as clients are told it and hand it back (rule 4). Immutable.
 *
 * @param position the snapshot's
 * @param place what the source calls the place
 */
record SnapshotPlace(Position position, String place) {
    /** A longer one, of a very long id, is not told. */
    private static final int MAX_CHARS = 1000;

    Optional<String> text() {
        String text = position + " " + place;
        return text.length() <= MAX_CHARS ? Optional.of(text) : Optional.empty();
    }

    /** Reads what a client handed back; empty if no server told it. */
    static Optional<SnapshotPlace> parse(String text) {
        int space = text.indexOf(' ');
        if (space < 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new SnapshotPlace(
                            Position.parse(text.substring(0, space)), text.substring(space + 1)));
        } catch (SyncException e) {
            return Optional.empty();
        }
    }
}
