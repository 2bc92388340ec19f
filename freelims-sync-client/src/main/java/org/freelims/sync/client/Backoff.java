package org.freelims.sync.client;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait between attempts: a random time between half and all of a span that doubles with
 * each failure. Immutable.
 *
 * @param first the span after the first failure
 * @param max the longest span
 */
public record Backoff(Duration first, Duration max) {
    /** From a quarter of a second up to 30 seconds. */
    public static final Backoff DEFAULT =
            new Backoff(Duration.ofMillis(250), Duration.ofSeconds(30));

    private static final int MAX_DOUBLINGS = 30;

    public Backoff {
        requireNonNull(first, "first");
        requireNonNull(max, "max");
        if (first.isNegative() || first.isZero() || max.compareTo(first) < 0) {
            throw new IllegalArgumentException(
                    "0 < first <= max must hold but first was " + first + " and max " + max);
        }
    }

    /** Returns a delay before attempt {@code failures + 1}; {@code failures} is 1 or more. */
    Duration delay(int failures, RandomGenerator random) {
        int doublings = Math.min(failures - 1, MAX_DOUBLINGS);
        Duration grown = first.multipliedBy(1L << Math.max(0, doublings));
        long spanNanos = (grown.compareTo(max) > 0 ? max : grown).toNanos();
        return Duration.ofNanos(spanNanos / 2 + random.nextLong(spanNanos / 2 + 1));
    }
}
