package org.freelims.sync.client;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * What the program holds of a subscription can't be continued: drop it. Immutable.
 *
 * @param reason why
 * @param resource drop the rows of this resource only; empty if all of the subscription
 */
public record Resync(Reason reason, Optional<String> resource) {
    /** Why, and what follows. */
    public enum Reason {
        /**
         * The server can't continue from the client's position (rule 7): changes were missed. What
         * follows is as {@link SubscriptionOptions#afterPositionLost} says.
         */
        POSITION_LOST,
        /** All records of the resource are gone at once. The subscription goes on. */
        TRUNCATED,
        /**
         * The connection broke in the middle of a snapshot, and the server could not go on with it:
         * it comes again from the start (rule 4).
         */
        SNAPSHOT_RESTARTED
    }

    public Resync {
        requireNonNull(reason, "reason");
        requireNonNull(resource, "resource");
    }
}
