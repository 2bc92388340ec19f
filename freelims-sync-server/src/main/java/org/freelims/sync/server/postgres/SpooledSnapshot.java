package org.freelims.sync.server.postgres;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.freelims.sync.log.SnapshotSource;
import org.freelims.sync.log.SnapshotSource.Row;
import org.freelims.sync.protocol.Position;
import org.jspecify.annotations.Nullable;

/*
 * The spool has the rows as they were read, table by table and ordered by id. Those that are others at the snapshot's
 * position are left out, and come from the overlay instead, at their place in that order: so where a row lies tells which
 * rows are behind it, whatever was read when.
 */
/** Rows of a spool with what lies over them. Confined to one thread at a time. */
final class SpooledSnapshot implements SnapshotSource.Snapshot {
    /** What records are at the snapshot's position, where that is not what was read. */
    interface Overlay {
        /** Returns whether the record that was read is another there, or gone. */
        boolean hides(String resource, String id);

        /** Returns the resource's records that are others there, in any order. */
        List<Row> rows(String resource);
    }

    /** One table's part: its resource, and the order of its rows. */
    record Part(String resource, IdOrder order) {}

    private final List<Part> parts;
    private final Spool spool;
    private final Overlay overlay;
    private final Position position;
    private final ArrayDeque<Row> over = new ArrayDeque<>();
    private Comparator<String> ids = Comparator.naturalOrder();
    private int part = -1;
    private Spool.@Nullable Entry ahead;

    SpooledSnapshot(List<Part> parts, Spool spool, Position position, Overlay overlay) {
        this.parts = parts;
        this.spool = spool;
        this.position = position;
        this.overlay = overlay;
        this.ahead = spool.next().orElse(null);
        nextPart();
    }

    private void nextPart() {
        part++;
        over.clear();
        if (part < parts.size()) {
            ids = parts.get(part).order().ids();
            overlay.rows(parts.get(part).resource()).stream()
                    .sorted(Comparator.comparing(Row::id, ids))
                    .forEach(over::add);
        }
    }

    @Override
    public Position position() {
        return position;
    }

    @Override
    public List<Row> next(int limit) {
        List<Row> page = new ArrayList<>();
        while (page.size() < limit && part < parts.size()) {
            String resource = parts.get(part).resource();
            Spool.Entry read = readOf(resource);
            if (read == null && over.isEmpty()) {
                nextPart();
            } else if (read == null
                    || (!over.isEmpty() && ids.compare(over.element().id(), read.id()) < 0)) {
                page.add(over.remove());
            } else {
                page.add(new Row(resource, read.id(), read.data()));
                ahead = spool.next().orElse(null);
            }
        }
        return page;
    }

    /** Returns the next row of this part that is as it was read, without taking it. */
    private Spool.@Nullable Entry readOf(String resource) {
        while (ahead != null && ahead.table() == part && overlay.hides(resource, ahead.id())) {
            ahead = spool.next().orElse(null);
        }
        return ahead != null && ahead.table() == part ? ahead : null;
    }

    @Override
    public Optional<String> placeAfter(Row row) {
        return parts.stream()
                .filter(of -> of.resource().equals(row.resource()))
                .findFirst()
                .map(of -> new RowPlace(row.resource(), of.order(), row.id()).toString());
    }

    @Override
    public void close() {
        ahead = null;
        over.clear();
        part = parts.size();
        spool.close();
    }
}
