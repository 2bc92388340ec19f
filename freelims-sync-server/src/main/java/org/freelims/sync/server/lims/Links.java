package org.freelims.sync.server.lims;

import java.util.HashSet;
import java.util.Set;
import java.util.function.IntFunction;
import org.jdbi.v3.core.Handle;

/**
 * A table that links one record to several others.
 *
 * @param table the linking table
 * @param from its column for the one record
 * @param to its column for the others
 * @param target the table the others are in
 */
record Links(String table, String from, String to, String target) {
    /**
     * Makes these the record's links; those that stay are not touched.
     *
     * @param missing what to say of an id that isn't there
     */
    void replace(
            Handle handle, int id, Set<Integer> wanted, IntFunction<RefusedException> missing) {
        Set<Integer> present = of(handle, id);
        for (int other : present) {
            if (!wanted.contains(other)) {
                handle.createUpdate(
                                "DELETE FROM "
                                        + table
                                        + " WHERE "
                                        + from
                                        + " = :id AND "
                                        + to
                                        + " = :other")
                        .bind("id", id)
                        .bind("other", other)
                        .execute();
            }
        }
        for (int other : wanted) {
            if (!present.contains(other)) {
                add(handle, id, other, missing);
            }
        }
    }

    /** Returns what the record is linked to. */
    Set<Integer> of(Handle handle, int id) {
        return new HashSet<>(
                handle.createQuery("SELECT " + to + " FROM " + table + " WHERE " + from + " = :id")
                        .bind("id", id)
                        .mapTo(Integer.class)
                        .list());
    }

    private void add(Handle handle, int id, int other, IntFunction<RefusedException> missing) {
        boolean found =
                handle.createQuery("SELECT 1 FROM " + target + " WHERE id = :other FOR KEY SHARE")
                        .bind("other", other)
                        .mapTo(Integer.class)
                        .findFirst()
                        .isPresent();
        if (!found) {
            throw missing.apply(other);
        }
        handle.createUpdate(
                        "INSERT INTO " + table + " (" + from + ", " + to + ") VALUES (:id, :other)")
                .bind("id", id)
                .bind("other", other)
                .execute();
    }
}
