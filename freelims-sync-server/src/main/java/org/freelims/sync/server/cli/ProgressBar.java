package org.freelims.sync.server.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Shows how far a long task is: on a terminal a bar that is drawn over and over, elsewhere a line
 * every tenth. Confined to one thread.
 */
final class ProgressBar {
    private static final int WIDTH = 20;
    private static final String ERASE_REST = "\u001b[K";
    private static final long REDRAW_NANOS = 50_000_000;

    private final Output output;
    private final String what;
    private final LongSupplier nanoTime;
    private final long started;
    private long lastDrawn;
    private int lastTenth;

    ProgressBar(Output output, String what, LongSupplier nanoTime) {
        this.output = output;
        this.what = what;
        this.nanoTime = nanoTime;
        this.started = nanoTime.getAsLong();
        this.lastDrawn = started - REDRAW_NANOS;
    }

    void at(int done, int all) {
        if (output.json()) {
            return;
        }
        long now = nanoTime.getAsLong();
        if (output.terminal()) {
            if (now - lastDrawn >= REDRAW_NANOS || done == all) {
                lastDrawn = now;
                output.draw("\r" + bar(done, all, now) + ERASE_REST + (done == all ? "\n" : ""));
            }
            return;
        }
        int tenth = (int) (10L * done / all);
        if (tenth > lastTenth) {
            lastTenth = tenth;
            output.plain(String.format(Locale.ROOT, "%s: %d of %d", what, done, all));
        }
    }

    private String bar(int done, int all, long now) {
        int filled = (int) ((long) WIDTH * done / all);
        double seconds = Math.max(1e-3, (now - started) / 1e9);
        double rate = done / seconds;
        String left =
                done == all
                        ? String.format(Locale.ROOT, "in %.1f s", seconds)
                        : Durations.text(
                                        Duration.ofSeconds(
                                                Math.round((all - done) / Math.max(rate, 1e-9))))
                                + " left";
        return String.format(
                Locale.ROOT,
                "%s [%s%s] %3d %%  %,d of %,d  %s",
                what,
                "█".repeat(filled),
                "░".repeat(WIDTH - filled),
                100L * done / all,
                done,
                all,
                left);
    }
}
