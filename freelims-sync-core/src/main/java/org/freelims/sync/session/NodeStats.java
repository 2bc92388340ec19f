package org.freelims.sync.session;

import org.freelims.sync.protocol.Position;

/**
 * Figures of one node, some 250 ms old at most. Immutable.
 *
 * @param position the last change dispatched
 * @param catchingUp how many of the subscriptions are not level with it
 * @param dispatched changes dispatched since the node started
 * @param logReads reads of the log for clients that were further behind than memory reaches
 * @param recentBytes heap held by recent changes, in bytes, about
 * @param pendingBytes what is accepted for all clients and not handed to the operating system
 */
public record NodeStats(
        Position position,
        int sessions,
        int subscriptions,
        int catchingUp,
        int feeds,
        long dispatched,
        long logReads,
        long recentBytes,
        long pendingBytes) {
    static NodeStats none(Position position) {
        return new NodeStats(position, 0, 0, 0, 0, 0, 0, 0, 0);
    }
}
