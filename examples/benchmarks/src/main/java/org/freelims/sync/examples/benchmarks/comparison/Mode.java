package org.freelims.sync.examples.benchmarks.comparison;

/**
 * How notifications are published.
 *
 * @param name {@code burst} or {@code paced}
 * @param messages how many
 * @param rate how many a second; 0 is as fast as it goes
 */
record Mode(String name, int messages, int rate) {
    boolean isBurst() {
        return rate == 0;
    }
}
