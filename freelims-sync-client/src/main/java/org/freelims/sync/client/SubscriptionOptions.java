package org.freelims.sync.client;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * How a subscription behaves when something goes wrong. Immutable.
 *
 * @param afterPositionLost what follows on {@link Resync.Reason#POSITION_LOST}
 * @param handlerFailures what to do when a handler throws
 * @param cursor under what name the position is kept in the {@link CursorStore}; empty for the
 *     expression itself
 * @param keepsPosition whether the position is kept there at all
 */
public record SubscriptionOptions(
        AfterPositionLost afterPositionLost,
        HandlerFailures handlerFailures,
        Optional<String> cursor,
        boolean keepsPosition) {
    /** As started after a lost position; five attempts for a handler, then stop. */
    public static final SubscriptionOptions DEFAULT =
            new SubscriptionOptions(
                    AfterPositionLost.AS_STARTED,
                    HandlerFailures.retryThenStop(5),
                    Optional.empty(),
                    true);

    /** What follows when the server can't continue from a position. */
    public enum AfterPositionLost {
        /** From now if it was started from now; with a snapshot otherwise. */
        AS_STARTED,
        /** With a snapshot. */
        SNAPSHOT,
        /** From now; what was missed stays missed. */
        NOW,
        /** Nothing: the subscription ends. */
        STOP
    }

    public SubscriptionOptions {
        requireNonNull(afterPositionLost, "afterPositionLost");
        requireNonNull(handlerFailures, "handlerFailures");
        requireNonNull(cursor, "cursor");
    }

    /** Returns these options with another answer to a lost position. */
    public SubscriptionOptions withAfterPositionLost(AfterPositionLost then) {
        return new SubscriptionOptions(then, handlerFailures, cursor, keepsPosition);
    }

    /** Returns these options with another answer to a handler that throws. */
    public SubscriptionOptions withHandlerFailures(HandlerFailures then) {
        return new SubscriptionOptions(afterPositionLost, then, cursor, keepsPosition);
    }

    /** Returns these options with a name for the saved position. */
    public SubscriptionOptions withCursor(String name) {
        return new SubscriptionOptions(afterPositionLost, handlerFailures, Optional.of(name), true);
    }

    /** Returns these options with a position that is kept in no {@link CursorStore}. */
    public SubscriptionOptions withoutCursor() {
        return new SubscriptionOptions(afterPositionLost, handlerFailures, Optional.empty(), false);
    }
}
