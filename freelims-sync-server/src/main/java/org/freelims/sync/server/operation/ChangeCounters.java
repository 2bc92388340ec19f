package org.freelims.sync.server.operation;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
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
    private final Map<String, Map<Action, Counter>> byResource = new ConcurrentHashMap<>();

    ChangeCounters(MeterRegistry registry) {
        counters =
                Counter.builder("freelims.sync.changes")
                        .description("Changes dispatched by this node")
                        .withRegistry(registry);
    }

    void count(Change change) {
        Map<Action, Counter> known = byResource.get(change.resource());
        if (known == null) {
            String name = byResource.size() < MAX_RESOURCES ? change.resource() : OTHERS;
            known = byResource.computeIfAbsent(name, this::of);
        }
        Counter counter = known.get(change.action());
        if (counter != null) {
            counter.increment();
        }
    }

    private Map<Action, Counter> of(String resource) {
        Map<Action, Counter> made = new EnumMap<>(Action.class);
        for (Action action : Action.values()) {
            made.put(action, counters.withTags("resource", resource, "action", action.wire()));
        }
        return made;
    }
}
