package org.freelims.sync.server.postgres;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Growing, jittered pauses between attempts. Confined to one thread. */
final class Backoff {
    private static final Duration FIRST = Duration.ofMillis(50);
    private static final Duration LONGEST = Duration.ofSeconds(2);

    private final RandomGenerator random;
    private long nextMs = FIRST.toMillis();

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    boolean isFirst() {
        return nextMs == FIRST.toMillis();
    }

    Duration next() {
        long ms = nextMs / 2 + random.nextLong(nextMs / 2 + 1);
        nextMs = Math.min(LONGEST.toMillis(), nextMs * 2);
        return Duration.ofMillis(ms);
    }

    void reset() {
        nextMs = FIRST.toMillis();
    }
}
