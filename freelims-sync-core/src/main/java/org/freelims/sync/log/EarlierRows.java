package org.freelims.sync.log;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Row;
import org.freelims.sync.protocol.SyncException;

/*
 * A record's first change after a place in the log tells what the record was there: nothing before a create, the row
 * overlaid with what it changed before an update, the row before a delete. A record without a change is as it was.
 */
/**
 * What records were at an earlier place in the log, worked out from the changes since, for a {@link
 * SnapshotSource} that goes on with a snapshot. Confined to one thread at a time.
 */
public final class EarlierRows {
    private final Map<String, Map<String, Optional<String>>> changed = new HashMap<>();

    /**
     * Adds the next change behind that place, in the log's order.
     *
     * @throws SyncException {@link ErrorCode#POSITION_LOST} for a truncate, which does not tell the
     *     rows that were
     */
    public void add(Change change) {
        String id = change.id();
        Map<String, Optional<String>> records =
                changed.computeIfAbsent(change.resource(), r -> new HashMap<>());
        switch (change.action()) {
            case CREATE -> records.putIfAbsent(id, Optional.empty());
            case UPDATE -> {
                if (!records.containsKey(id)) {
                    Row was = Row.parse(change.data()).overlaid(Row.parse(change.before()));
                    records.put(id, Optional.of(was.json()));
                }
            }
            case DELETE -> records.putIfAbsent(id, Optional.of(change.data()));
            case TRUNCATE ->
                    throw new SyncException(
                            ErrorCode.POSITION_LOST,
                            "All records of "
                                    + change.resource()
                                    + " are gone since the snapshot.");
        }
    }

    /** Returns whether the record was changed since, so that what it is now is not what it was. */
    public boolean isChanged(String resource, String id) {
        return changed.getOrDefault(resource, Map.of()).containsKey(id);
    }

    /** Returns the records that were changed since and were there, as they were, in no order. */
    public List<SnapshotSource.Row> rows(String resource) {
        List<SnapshotSource.Row> rows = new ArrayList<>();
        changed.getOrDefault(resource, Map.of())
                .forEach(
                        (id, data) ->
                                data.ifPresent(
                                        was ->
                                                rows.add(
                                                        new SnapshotSource.Row(
                                                                resource, id, was))));
        return rows;
    }
}
