package org.freelims.sync.examples.benchmarks.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class LatenciesTest {
    @Test
    void percentile_ofOneToAMillion_isWithinTwoPercent() {
        Latencies latencies = new Latencies();
        for (int micros = 1; micros <= 1_000_000; micros++) {
            latencies.add(micros);
        }
        assertEquals(500_000.0, (double) latencies.percentile(0.5), 10_000.0);
        assertEquals(990_000.0, (double) latencies.percentile(0.99), 20_000.0);
        assertEquals(1, latencies.percentile(0));
        assertEquals(1_000_000, latencies.total());
    }

    @Test
    void percentile_ofFewSmallValues_isExact() {
        Latencies latencies = new Latencies();
        latencies.add(-5);
        latencies.add(7);
        latencies.add(9);
        assertEquals(0, latencies.percentile(0.3));
        assertEquals(7, latencies.percentile(0.5));
        assertEquals(9, latencies.percentile(1));
    }
}
