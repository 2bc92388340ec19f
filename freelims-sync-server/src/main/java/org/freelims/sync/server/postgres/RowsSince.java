package org.freelims.sync.server.postgres;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.freelims.sync.log.Change;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.log.EarlierRows;
import org.freelims.sync.log.SnapshotSource;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;

/**
 * What records behind a place were at an earlier position, where that is not what they are now.
 * Confined to one thread at a time.
 */
final class RowsSince implements SpooledSnapshot.Overlay {
    /** Further back it is cheaper to take a snapshot anew. */
    private static final int MAX_CHANGES = 100_000;

    private static final int PAGE_CHANGES = 1000;

    private final Collection<String> resources;
    private final RowPlace from;
    private final Comparator<String> ids;
    private final EarlierRows earlier = new EarlierRows();

    /**
     * @param resources those that are left, from the place's on
     */
    RowsSince(Collection<String> resources, RowPlace from) {
        this.resources = resources;
        this.from = from;
        this.ids = from.order().ids();
    }

    /**
     * Reads the log from the earlier position up to this offset.
     *
     * @throws SyncException {@code POSITION_LOST} if what was there can't be told
     */
    void read(ChangeLog log, Position position, long upTo) {
        if (upTo - position.offset() > MAX_CHANGES) {
            throw RowPlace.lost("too much has changed since");
        }
        Position at = position;
        while (at.offset() < upTo) {
            int limit = (int) Math.min(PAGE_CHANGES, upTo - at.offset());
            for (Change change : log.readAfter(at, limit)) {
                add(change);
                at = change.position();
            }
        }
    }

    private void add(Change change) {
        if (resources.contains(change.resource())
                && (change.action() == Action.TRUNCATE || isBehind(change))) {
            earlier.add(change);
        }
    }

    private boolean isBehind(Change change) {
        try {
            return !change.resource().equals(from.resource())
                    || ids.compare(change.id(), from.id()) > 0;
        } catch (NumberFormatException e) {
            throw RowPlace.lost("the table had another key then");
        }
    }

    @Override
    public boolean hides(String resource, String id) {
        return earlier.isChanged(resource, id);
    }

    @Override
    public List<SnapshotSource.Row> rows(String resource) {
        return earlier.rows(resource);
    }
}
