package org.freelims.sync.examples.benchmarks.micro;

import java.time.Instant;
import java.util.Optional;
import org.freelims.sync.log.Change;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.subscription.Feed;

/** What benchmarks work on. */
final class Samples {
    static final Position START = Position.of("e1", 1);

    private Samples() {}

    /** A member that does nothing. */
    static final class Member implements Feed.Member {
        private int place;

        @Override
        public int place() {
            return place;
        }

        @Override
        public void place(int next) {
            place = next;
        }
    }

    /** Returns an update of an inventory item, its quantity among what changed. */
    static Change update(long id, long location, long offset) {
        return new Change(
                Position.of("e1", offset),
                "8001",
                true,
                "inventory",
                Long.toString(id),
                Action.UPDATE,
                "{\"id\":"
                        + id
                        + ",\"chemical_id\":1,\"location_id\":"
                        + location
                        + ",\"quantity\":120.0,\"unit\":\"g\",\"batch_number\":\"B-2026-02\","
                        + "\"expiration_date\":\"2026-02-28T00:00:00\","
                        + "\"created_at\":\"2025-02-28T17:19:07.279744-05:00\","
                        + "\"updated_at\":\"2025-02-28T17:21:58.341042-05:00\"}",
                "{\"quantity\":121.0}",
                Instant.EPOCH,
                Optional.of("user:7"),
                Optional.empty());
    }
}
