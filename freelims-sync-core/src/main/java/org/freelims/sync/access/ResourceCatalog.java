package org.freelims.sync.access;

import static java.util.stream.Collectors.toUnmodifiableMap;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The resources there are. Implementations are thread-safe and must not block; the answer may
 * change over time.
 */
public interface ResourceCatalog {
    /** Returns the names of all resources. */
    Set<String> resources();

    /**
     * Returns the fields of a resource's rows; empty if they are not known, and any may then be
     * named in a filter.
     */
    default Set<String> fields(String resource) {
        return Set.of();
    }

    /** Returns a catalog of these resources, whose fields are not known. */
    static ResourceCatalog of(String... names) {
        return of(
                new TreeSet<>(Set.of(names))
                        .stream().collect(toUnmodifiableMap(n -> n, n -> Set.of())));
    }

    /** Returns a catalog of these resources and their fields. */
    static ResourceCatalog of(Map<String, Set<String>> fieldsByResource) {
        Map<String, Set<String>> all = Map.copyOf(fieldsByResource);
        return new ResourceCatalog() {
            @Override
            public Set<String> resources() {
                return all.keySet();
            }

            @Override
            public Set<String> fields(String resource) {
                return all.getOrDefault(resource, Set.of());
            }
        };
    }
}
