package org.freelims.sync.server.postgres;

import java.time.Duration;
import java.util.Optional;

/**
 * How long changes are kept: the oldest transactions go when they are older than {@code maxAge},
 * and when the newer ones alone hold {@code maxBytes}. A client that was away for longer takes a
 * snapshot instead of resuming. Immutable.
 *
 * @param maxAge by when the changes were made; empty for any age
 * @param maxBytes octets of the changes' contents, about half of what they take on disk; empty for
 *     any
 */
public record Retention(Optional<Duration> maxAge, Optional<Long> maxBytes) {
    public Retention {
        if (maxAge.isPresent() && (maxAge.get().isNegative() || maxAge.get().isZero())) {
            throw new IllegalArgumentException("maxAge must be positive but was " + maxAge.get());
        }
        if (maxBytes.isPresent() && maxBytes.get() < 1) {
            throw new IllegalArgumentException("maxBytes must be >= 1 but was " + maxBytes.get());
        }
    }

    /** Returns the default: 30 days, and 10 GiB. */
    public static Retention standard() {
        return new Retention(Optional.of(Duration.ofDays(30)), Optional.of(10L << 30));
    }

    /** Returns that everything is kept. */
    public static Retention forever() {
        return new Retention(Optional.empty(), Optional.empty());
    }
}
