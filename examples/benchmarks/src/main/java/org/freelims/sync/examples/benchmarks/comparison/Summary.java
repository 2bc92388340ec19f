package org.freelims.sync.examples.benchmarks.comparison;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * A peer in a mode, over all rounds: medians.
 *
 * @param complete whether every delivery arrived, in every round
 * @param generatorShare of the time that the load generator computed; near 1 it was the bottleneck
 */
record Summary(
        Peer peer,
        Mode mode,
        boolean complete,
        double cpuMicrosPerDelivery,
        double deliveriesPerSecond,
        double p50Millis,
        double p99Millis,
        double generatorShare) {
    /** Returns the summary of these, if there are any of the peer in the mode. */
    static Optional<Summary> of(Peer peer, Mode mode, Collection<Measurement> all) {
        List<Measurement> rounds =
                all.stream()
                        .filter(m -> m.peer().equals(peer.name()) && m.mode().equals(mode.name()))
                        .toList();
        if (rounds.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new Summary(
                        peer,
                        mode,
                        rounds.stream().allMatch(Measurement::isComplete),
                        median(rounds, Measurement::cpuMicrosPerDelivery),
                        median(rounds, Measurement::deliveriesPerSecond),
                        median(rounds, m -> m.p50Micros() / 1e3),
                        median(rounds, m -> m.p99Micros() / 1e3),
                        median(rounds, m -> m.generatorSeconds() / m.seconds())));
    }

    private static double median(List<Measurement> rounds, ToDoubleFunction<Measurement> figure) {
        double[] sorted = rounds.stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
