package org.freelims.sync.client;

/**
 * What to do when a handler's call throws. Thread-safe; must not block. Each failure is reported as
 * {@link ClientEvent.HandlerFailed}.
 */
@FunctionalInterface
public interface HandlerFailures {
    /** What to do. */
    enum Decision {
        /** Make the call again after a growing delay; everything behind it waits. */
        RETRY,
        /** Go on with what follows, as if the call had returned. */
        SKIP,
        /**
         * End the subscription with the position before this call, so that a program that is
         * started again resumes with it. The client's other subscriptions go on.
         */
        STOP
    }

    /**
     * Decides.
     *
     * @param attempt how often this call has failed, 1 or more
     */
    Decision decide(Throwable failure, int attempt);

    /**
     * Tries each call up to {@code attempts} times, then stops. {@code retryThenStop(5)} is the
     * default.
     */
    static HandlerFailures retryThenStop(int attempts) {
        if (attempts < 1) {
            throw new IllegalArgumentException("attempts must be >= 1 but was " + attempts);
        }
        return (failure, attempt) -> attempt < attempts ? Decision.RETRY : Decision.STOP;
    }

    /** Goes on: a change whose handling fails is not seen again. */
    static HandlerFailures skip() {
        return (failure, attempt) -> Decision.SKIP;
    }
}
