package org.freelims.sync.server.lims;

import java.util.List;
import java.util.Set;

/**
 * One kind of record that clients can subscribe to, and the table it is kept in.
 *
 * @param name what clients call it
 * @param table the LIMS' table
 * @param excludedColumns columns that never leave the database
 * @param adminOnly whether only administrators may see it
 */
public record LimsResource(
        String name, String table, Set<String> excludedColumns, boolean adminOnly) {
    /** All of them. */
    public static final List<LimsResource> ALL =
            List.of(
                    new LimsResource("chemicals", "chemicals", Set.of(), false),
                    new LimsResource("locations", "locations", Set.of(), false),
                    new LimsResource("inventory", "inventory_items", Set.of(), false),
                    new LimsResource("experiments", "experiments", Set.of(), false),
                    new LimsResource("samples", "samples", Set.of(), false),
                    new LimsResource("tests", "tests", Set.of(), false),
                    new LimsResource("users", "users", Set.of("hashed_password"), true));

    public LimsResource {
        excludedColumns = Set.copyOf(excludedColumns);
    }

    /** The names of what everybody signed in may see. */
    public static Set<String> forUsers() {
        return names(false);
    }

    /** The names of what administrators may see besides. */
    public static Set<String> forAdmins() {
        return names(true);
    }

    private static Set<String> names(boolean adminOnly) {
        return ALL.stream()
                .filter(resource -> resource.adminOnly() == adminOnly)
                .map(LimsResource::name)
                .collect(java.util.stream.Collectors.toUnmodifiableSet());
    }
}
