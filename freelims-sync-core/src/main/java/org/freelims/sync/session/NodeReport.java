package org.freelims.sync.session;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Who is connected to a node, and to what they subscribe, at one moment. Immutable.
 *
 * @param sessions those furthest behind first
 * @param feeds those with most members first
 */
public record NodeReport(List<SessionReport> sessions, List<FeedReport> feeds) {
    public NodeReport {
        sessions = List.copyOf(sessions);
        feeds = List.copyOf(feeds);
    }

    /**
     * One connection.
     *
     * @param id the connection's name
     * @param principal who is signed in, if somebody is
     * @param subscriptions how many it has
     * @param behind how many changes the one furthest behind has yet to look at
     * @param pendingBytes what is accepted for the client and not handed to the operating system
     * @param writtenBytes what was handed to the operating system so far
     * @param open since it connected
     */
    public record SessionReport(
            String id,
            String remoteAddress,
            Optional<String> principal,
            int subscriptions,
            long behind,
            long pendingBytes,
            long writtenBytes,
            Duration open) {}

    /**
     * One feed.
     *
     * @param expression what its members asked for
     * @param members how many they are
     */
    public record FeedReport(String expression, int members) {}
}
