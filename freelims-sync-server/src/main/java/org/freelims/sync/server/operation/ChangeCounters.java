package org.freelims.sync.server.operation;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.freelims.sync.log.Change;
import org.freelims.sync.protocol.Action;

/** Counts changes by resource and action. Thread-safe. */
final class ChangeCounters {
    /** Resources beyond these are counted together: each is a handful of series of its own. */
    private static final int MAX_RESOURCES = 200;

    private static final String OTHERS = "(others)";

    private final MeterProvider<Counter> counters;
    private final Map<String, OfResource> byResource = new ConcurrentHashMap<>();

    private static final class OfResource {
        final Map<Action, Counter> byAction = new EnumMap<>(Action.class);
        volatile Instant last = Instant.EPOCH;
    }

    ChangeCounters(MeterRegistry registry) {
        counters =
                Counter.builder("freelims.sync.changes")
                        .description("Changes dispatched by this node")
                        .withRegistry(registry);
    }

    void count(Change change) {
        OfResource known = byResource.get(change.resource());
        if (known == null) {
            String name = byResource.size() < MAX_RESOURCES ? change.resource() : OTHERS;
            known = byResource.computeIfAbsent(name, this::of);
        }
        known.last = change.at();
        Counter counter = known.byAction.get(change.action());
        if (counter != null) {
            counter.increment();
        }
    }

    private OfResource of(String resource) {
        OfResource made = new OfResource();
        for (Action action : Action.values()) {
            made.byAction.put(
                    action, counters.withTags("resource", resource, "action", action.wire()));
        }
        return made;
    }

    /** Returns what was counted of each resource so far. */
    Map<String, ResourceCount> counted() {
        var counted = new ConcurrentHashMap<String, ResourceCount>();
        byResource.forEach(
                (resource, of) ->
                        counted.put(
                                resource,
                                new ResourceCount(
                                        (long)
                                                of.byAction.values().stream()
                                                        .mapToDouble(Counter::count)
                                                        .sum(),
                                        of.last)));
        return counted;
    }
}
