package org.freelims.sync.server.postgres;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.freelims.sync.access.ResourceCatalog;

/**
 * The captured tables' resources, and those that the application says it publishes. Kept in memory,
 * and read again soon after capture was changed by any process. Thread-safe; its methods never
 * block.
 */
public final class PostgresCatalog implements ResourceCatalog {
    private final Capture capture;
    private final Set<String> published;
    private volatile Map<String, Set<String>> fields = Map.of();
    private volatile Set<String> resources;

    PostgresCatalog(Capture capture, Set<String> published) {
        this.capture = capture;
        this.published = Set.copyOf(published);
        this.resources = this.published;
    }

    @Override
    public Set<String> resources() {
        return resources;
    }

    @Override
    public Set<String> fields(String resource) {
        return fields.getOrDefault(resource, Set.of());
    }

    /** Reads the database; fails with what Jdbi throws. */
    void refresh() {
        Map<String, Set<String>> read = new HashMap<>();
        for (CapturedTable table : capture.list()) {
            read.put(table.resource(), new LinkedHashSet<>(table.fields()));
        }
        Set<String> all = new TreeSet<>(published);
        all.addAll(read.keySet());
        fields = Map.copyOf(read);
        resources = Set.copyOf(all);
    }
}
