package org.freelims.sync.examples.benchmarks.comparison;

import java.util.Arrays;

/**
 * Counts latencies in microseconds, to 1.6 % and without allocating. Confined to the load
 * generator's thread.
 */
final class Latencies {
    private static final int SUB_BITS = 6;
    private static final int SUB = 1 << SUB_BITS;

    private final long[] counts = new long[(Long.SIZE - SUB_BITS + 1) * SUB];
    private long total;

    void add(long micros) {
        counts[index(Math.max(0, micros))]++;
        total++;
    }

    long total() {
        return total;
    }

    void reset() {
        Arrays.fill(counts, 0);
        total = 0;
    }

    /** Returns the latency that this share of all is at or below, in microseconds; 0 if none. */
    long percentile(double share) {
        long rank = (long) Math.ceil(share * total);
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= rank && seen > 0) {
                return value(i);
            }
        }
        return 0;
    }

    private static int index(long value) {
        if (value < SUB) {
            return (int) value;
        }
        int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(value) - SUB_BITS;
        return (shift + 1) * SUB + (int) ((value >> shift) - SUB);
    }

    private static long value(int index) {
        if (index < SUB) {
            return index;
        }
        return (index % SUB + (long) SUB) << (index / SUB - 1);
    }
}
