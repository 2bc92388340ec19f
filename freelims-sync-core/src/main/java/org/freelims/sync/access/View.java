package org.freelims.sync.access;

import java.util.Set;
import org.freelims.sync.protocol.Row;

/**
 * What one kind of principal may see: which resources, which rows, which fields. Immutable and
 * thread-safe; it is part of a feed's identity, so {@code equals} and {@code hashCode} say whether
 * two views show the same. Methods must not block: they are called for every change.
 */
public interface View {
    /** Returns whether subscribing to this resource is allowed at all. */
    boolean allows(String resource);

    /** Returns whether a row may be seen; asked with all of its fields, hidden ones too. */
    default boolean sees(String resource, Row row) {
        return true;
    }

    /**
     * Returns whether {@link #sees} can ever be false for this resource; if not, rows need not be
     * read.
     */
    default boolean filtersRows(String resource) {
        return false;
    }

    /** Returns the fields that are left out of the resource's rows. */
    default Set<String> hiddenFields(String resource) {
        return Set.of();
    }

    /** Returns the view that shows everything. */
    static View everything() {
        return Everything.EVERYTHING;
    }

    /** Returns a view that shows all of these resources. */
    static View of(Set<String> resources) {
        return new OfResources(Set.copyOf(resources));
    }

    /** See {@link View#everything}. */
    enum Everything implements View {
        EVERYTHING;

        @Override
        public boolean allows(String resource) {
            return true;
        }
    }

    /** See {@link View#of}. */
    record OfResources(Set<String> resources) implements View {
        @Override
        public boolean allows(String resource) {
            return resources.contains(resource);
        }
    }
}
