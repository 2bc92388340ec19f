package org.freelims.sync.simulation;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.freelims.sync.access.AccessPolicy;
import org.freelims.sync.access.Principal;
import org.freelims.sync.access.View;
import org.freelims.sync.protocol.Row;
import org.freelims.sync.protocol.Value;

/**
 * What each client may see, which changes; all nodes look it up here. Confined to the test's
 * thread.
 */
final class SimulatedRights implements AccessPolicy {
    /** These resources, and of their rows those with a {@code q} below this. */
    record Sight(Set<String> resources, int below) implements View {
        static final Sight ALL = new Sight(Set.of("items", "tests"), Integer.MAX_VALUE);

        @Override
        public boolean allows(String resource) {
            return resources.contains(resource);
        }

        @Override
        public boolean filtersRows(String resource) {
            return below < Integer.MAX_VALUE;
        }

        @Override
        public boolean sees(String resource, Row row) {
            return row.field("q").orElseThrow() instanceof Value.Num q
                    && q.value().intValue() < below;
        }
    }

    private static final List<Sight> SIGHTS =
            List.of(
                    Sight.ALL,
                    new Sight(Sight.ALL.resources(), 12),
                    new Sight(Sight.ALL.resources(), 7),
                    new Sight(Set.of("items"), Integer.MAX_VALUE),
                    new Sight(Set.of("tests"), 15));

    private final Random random;
    private final Map<String, Sight> sights = new HashMap<>();

    SimulatedRights(Random random) {
        this.random = random;
    }

    @Override
    public Sight view(Principal principal) {
        return of(principal.name());
    }

    Sight of(String client) {
        return sights.getOrDefault(client, Sight.ALL);
    }

    /** Gives somebody other rights, and returns them. */
    Sight change(String client) {
        Sight other = SIGHTS.get(random.nextInt(SIGHTS.size()));
        sights.put(client, other);
        return other;
    }
}
