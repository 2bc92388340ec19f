package org.freelims.sync.examples.benchmarks.comparison;

import java.time.Instant;

/** What every server publishes, as text. */
final class Notification {
    private Notification() {}

    /** Returns one with the time of now in {@code batch_number}. */
    static String now() {
        Instant now = Instant.now();
        return "{\"action\":\"update\",\"resource\":\"inventory\",\"data\":{\"id\":42,"
                + "\"chemical_id\":1,\"location_id\":1,\"quantity\":120.0,\"unit\":\"g\","
                + "\"batch_number\":\"@T"
                + (now.getEpochSecond() * 1_000_000_000L + now.getNano())
                + "@\",\"expiration_date\":\"2026-02-28T00:00:00\","
                + "\"created_at\":\"2025-02-28T17:19:07.279744-05:00\","
                + "\"updated_at\":\"2025-02-28T17:21:58.341042-05:00\"}}";
    }
}
