package org.freelims.sync.client;

import java.time.Duration;
import java.time.Instant;

/**
 * When to ask for the next token of a live session (rule 11): a fifth of its time, at most a
 * minute, before the present one ends. Confined to the lane.
 *
 * <p>The end is the server's time and the clock is ours. Where they differ so much that it seems to
 * be over already, the delays grow as after failures: a wrong clock costs some extra renewals, or a
 * reconnect, but no flood of them.
 */
final class TokenRenewal {
    private static final Duration MAX_MARGIN = Duration.ofMinutes(1);

    private final ClientSettings settings;
    private final ClientSession.Io io;
    private Scheduler.Timer timer = () -> {};
    private int hasty;
    private boolean asked;

    TokenRenewal(ClientSettings settings, ClientSession.Io io) {
        this.settings = settings;
        this.io = io;
    }

    void schedule(Instant expiresAt) {
        Duration left = Duration.between(settings.clock().instant(), expiresAt);
        Duration fifth = left.dividedBy(5);
        Duration delay = left.minus(fifth.compareTo(MAX_MARGIN) > 0 ? MAX_MARGIN : fifth);
        Duration least = settings.backoff().delay(hasty + 1, settings.random());
        if (delay.compareTo(least) > 0) {
            hasty = 0;
        } else {
            hasty++;
            delay = least;
        }
        askAfter(delay);
    }

    /** The last one was not got, or not accepted; returns when the next is asked for. */
    Duration retry() {
        hasty++;
        Duration delay = settings.backoff().delay(hasty, settings.random());
        askAfter(delay);
        return delay;
    }

    private void askAfter(Duration delay) {
        asked = false;
        timer.cancel();
        timer =
                io.after(
                        delay,
                        () -> {
                            asked = true;
                            io.askToken();
                        });
    }

    /** Returns whether a token is awaited. */
    boolean isAsked() {
        return asked;
    }

    void onToken() {
        asked = false;
    }

    void cancel() {
        asked = false;
        timer.cancel();
    }
}
