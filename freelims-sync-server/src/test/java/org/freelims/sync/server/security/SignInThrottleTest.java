package org.freelims.sync.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import org.freelims.sync.server.ManualClock;
import org.junit.jupiter.api.Test;

class SignInThrottleTest {
    private final ManualClock clock = new ManualClock();
    private final SignInThrottle throttle = new SignInThrottle(clock);

    private void fail(int times, String name, String address) {
        for (int i = 0; i < times; i++) {
            throttle.failed(name, address);
        }
    }

    @Test
    void guesser_waitsUntilTheWindowIsOver_andTheHolderElsewhereDoesNot() {
        fail(SignInThrottle.OF_NAME_FROM_ADDRESS - 1, "ada", "10.0.0.1");
        assertEquals(Optional.empty(), throttle.waiting("ada", "10.0.0.1"));
        clock.forward(Duration.ofSeconds(60));
        throttle.failed("ada", "10.0.0.1");

        assertEquals(
                Optional.of(SignInThrottle.WINDOW.minusSeconds(60)),
                throttle.waiting("ada", "10.0.0.1"));
        assertEquals(Optional.empty(), throttle.waiting("ada", "10.0.0.2"));
        assertEquals(Optional.empty(), throttle.waiting("bob", "10.0.0.1"));

        clock.forward(SignInThrottle.WINDOW.minusSeconds(60));
        assertEquals(Optional.empty(), throttle.waiting("ada", "10.0.0.1"));
        throttle.failed("ada", "10.0.0.1");
        assertEquals(Optional.empty(), throttle.waiting("ada", "10.0.0.1"), "counts anew");
    }

    @Test
    void success_forgetsTheFailures() {
        fail(SignInThrottle.OF_NAME_FROM_ADDRESS - 1, "ada", "10.0.0.1");
        throttle.succeeded("ada", "10.0.0.1");
        fail(SignInThrottle.OF_NAME_FROM_ADDRESS - 1, "ada", "10.0.0.1");

        assertEquals(Optional.empty(), throttle.waiting("ada", "10.0.0.1"));
    }

    @Test
    void guessing_fromManyAddressesOrAtManyNames_isSlowedToo() {
        for (int i = 0; i < SignInThrottle.OF_NAME; i++) {
            throttle.failed("ada", "10.0.1." + i);
        }
        assertTrue(throttle.waiting("ada", "10.0.2.1").isPresent());

        for (int i = 0; i < SignInThrottle.FROM_ADDRESS; i++) {
            throttle.failed("name" + i, "10.0.3.1");
        }
        assertTrue(throttle.waiting("somebody", "10.0.3.1").isPresent());
        assertEquals(Optional.empty(), throttle.waiting("somebody", "10.0.3.2"));
    }

    @Test
    void memory_isBounded_whateverIsTried() {
        for (int i = 0; i < 100_000; i++) {
            throttle.failed("x".repeat(300) + i, "10.0.0." + i % 250);
        }
        fail(SignInThrottle.OF_NAME_FROM_ADDRESS, "ada", "10.9.9.9");

        assertEquals(Optional.of(Duration.ofMinutes(15)), throttle.waiting("ada", "10.9.9.9"));
    }
}
