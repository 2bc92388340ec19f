package org.freelims.sync.client;

import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.SyncException;

/**
 * What a program does with a subscription's changes. A client calls its handlers one after another,
 * in the order in which the server sent, on the client's executor; a call may block. A handler that
 * is slow stops the reading from the server, and nothing is lost (rule 8).
 *
 * <p>A call that throws is {@linkplain SubscriptionOptions#handlerFailures made again, skipped, or
 * ends the subscription}. After a call has returned its position counts as handled, and is saved:
 * so after a crash of the program the last changes may come again, and {@code position} tells them
 * apart.
 */
@FunctionalInterface
public interface SyncHandler {
    /** A change (rules 1 to 4). */
    void onNotification(ServerMessage.Notification notification);

    /**
     * Rows of a snapshot, in pages; the last of them says so (rule 4). A page without rows is told
     * too.
     */
    default void onSnapshot(ServerMessage.SnapshotPage page) {}

    /** A record left the filter, or may no longer be seen (rule 9). */
    default void onLeft(ServerMessage.Left left) {}

    /** Drop what you hold; see {@link Resync}. */
    default void onResync(Resync resync) {}

    /** The subscription is live from here, for the first time or again (rule 2). */
    default void onSubscribed(Position position) {}

    /**
     * All changes up to this position have been told, and so has all of a transaction (rules 6 and
     * 12).
     */
    default void onComplete(Position position) {}

    /**
     * The subscription has ended and nothing follows; {@link SyncException#code} says what can be
     * done.
     */
    default void onEnded(SyncException why) {}
}
