package org.freelims.sync.examples.benchmarks.comparison;

import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * All that was measured in one run, and on what.
 *
 * @param skipped peers that could not be measured here
 */
record Results(
        LocalDate date,
        Machine machine,
        Settings settings,
        List<Peer> peers,
        List<Peer> skipped,
        List<Measurement> measurements) {
    List<Summary> summaries(Mode mode) {
        return peers.stream()
                .map(peer -> Summary.of(peer, mode, measurements))
                .flatMap(Optional::stream)
                .toList();
    }

    /** Returns the lowest and the highest load that a round began with. */
    String loads() {
        return String.format(
                Locale.ROOT,
                "%.1f to %.1f",
                measurements.stream().mapToDouble(Measurement::load).min().orElse(0),
                highestLoad());
    }

    /** Returns whether other programs took much of the machine. */
    boolean isBusy() {
        return highestLoad() > 2.0 * machine.cores();
    }

    private double highestLoad() {
        return measurements.stream().mapToDouble(Measurement::load).max().orElse(0);
    }

    /** Returns what a mode is, in words. */
    String title(Mode mode) {
        String to =
                settings.interested() == settings.clients()
                        ? String.format(Locale.ROOT, "%,d clients", settings.clients())
                        : String.format(
                                Locale.ROOT,
                                "%,d of %,d clients",
                                settings.interested(),
                                settings.clients());
        return mode.isBurst()
                ? String.format(
                        Locale.ROOT, "A burst of %,d notifications to %s", mode.messages(), to)
                : String.format(Locale.ROOT, "%,d notifications a second to %s", mode.rate(), to);
    }
}
