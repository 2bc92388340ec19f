package org.freelims.sync.client;

import static java.util.Objects.requireNonNull;

import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;

/**
 * A change and its row, read. Immutable if the row is.
 *
 * @param row the row after the change, or before it for a delete
 * @param notification all that was told
 */
public record RowChange<T>(T row, ServerMessage.Notification notification) {
    public RowChange {
        requireNonNull(row, "row");
        requireNonNull(notification, "notification");
    }

    /** Returns what was done. */
    public Action action() {
        return notification.action();
    }

    /** Returns which record it was done to. */
    public String id() {
        return notification.id();
    }

    /** Returns where. */
    public Position position() {
        return notification.position();
    }
}
