package org.freelims.sync.log;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.Position;

/**
 * One action on one record, as committed. Immutable.
 *
 * @param position its place in the log
 * @param tx the transaction it was committed in; all changes of one stand next to each other
 * @param txLast whether it is the last of its transaction
 * @param id the record's key as text; empty for a truncate
 * @param data JSON object text: the row after a create or update, before a delete; {@code {}} for a
 *     truncate
 * @param before JSON object text, for an update: the fields whose values it changed, with the
 *     values they had; otherwise {@code {}}. {@code data} overlaid with it is the row before the
 *     update
 * @param at when the change was made (not when it was committed), with at most microseconds
 * @param actor who did it, such as {@code user:7}, if the writer said so
 * @param reason why, if the writer said so
 */
public record Change(
        Position position,
        String tx,
        boolean txLast,
        String resource,
        String id,
        Action action,
        String data,
        String before,
        Instant at,
        Optional<String> actor,
        Optional<String> reason) {
    public Change {
        requireNonNull(position, "position");
        requireNonNull(tx, "tx");
        requireNonNull(resource, "resource");
        requireNonNull(id, "id");
        requireNonNull(action, "action");
        requireNonNull(data, "data");
        requireNonNull(before, "before");
        requireNonNull(at, "at");
        requireNonNull(actor, "actor");
        requireNonNull(reason, "reason");
    }
}
