package org.freelims.sync.examples.benchmarks.comparison;

/**
 * One round of one peer in one mode.
 *
 * @param expected deliveries that there should have been
 * @param delivered deliveries that there were
 * @param lostConnections connections that ended
 * @param seconds from the first delivery to the last
 * @param cpuSeconds of the server, user and system
 * @param generatorSeconds of CPU that the load generator took in that time
 * @param p50Micros from publication to the client, the middle one
 * @param p99Micros and the one that 99 % are within
 * @param load the machine's load when it began
 */
record Measurement(
        String peer,
        String mode,
        int round,
        long expected,
        long delivered,
        int lostConnections,
        double seconds,
        double cpuSeconds,
        double generatorSeconds,
        long p50Micros,
        long p99Micros,
        double load) {
    boolean isComplete() {
        return delivered == expected && lostConnections == 0;
    }

    double cpuMicrosPerDelivery() {
        return delivered == 0 ? Double.NaN : cpuSeconds * 1e6 / delivered;
    }

    double deliveriesPerSecond() {
        return seconds == 0 ? Double.NaN : delivered / seconds;
    }
}
