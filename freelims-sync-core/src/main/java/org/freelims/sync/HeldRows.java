package org.freelims.sync;

import java.util.List;
import org.freelims.sync.access.View;
import org.freelims.sync.log.SnapshotSource;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.RowsDigest;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.subscription.Expression;
import org.freelims.sync.subscription.Feed;

/**
 * What a client should hold of a subscription at a position: to compare with what it does hold.
 * Immutable.
 *
 * @param position what the rows are as of
 * @param rows how many there are
 * @param digest theirs; a client that has come to {@code position} and holds the same rows has the
 *     same
 */
public record HeldRows(Position position, long rows, RowsDigest digest) {
    private static final int PAGE = 1000;

    /**
     * Takes a snapshot and reads all of it; blocks meanwhile.
     *
     * @param expression a subscription's to one resource
     * @param view what the client may see
     * @throws SyncException {@code BAD_EXPRESSION} if the expression does not read, and as {@link
     *     SnapshotSource#open} does
     * @throws IllegalArgumentException if the expression asks for all resources
     */
    public static HeldRows of(SnapshotSource source, String expression, View view) {
        Expression wanted = Expression.parse(expression);
        if (wanted.isEverything()) {
            throw new IllegalArgumentException("a digest is of one resource, not of *");
        }
        try (SnapshotSource.Snapshot snapshot = open(source, wanted)) {
            RowsDigest digest = RowsDigest.EMPTY;
            long rows = 0;
            for (var page = snapshot.next(PAGE); !page.isEmpty(); page = snapshot.next(PAGE)) {
                for (SnapshotSource.Row row : page) {
                    var shown = Feed.shown(wanted, view, row.resource(), row.id(), row.data());
                    if (shown.isPresent()) {
                        digest =
                                digest.plus(
                                        RowsDigest.ofRow(row.resource(), row.id(), shown.get()));
                        rows++;
                    }
                }
            }
            return new HeldRows(snapshot.position(), rows, digest);
        }
    }

    private static SnapshotSource.Snapshot open(SnapshotSource source, Expression wanted) {
        return wanted.id()
                .map(id -> source.open(wanted.resource(), id))
                .orElseGet(() -> source.open(List.of(wanted.resource())));
    }
}
