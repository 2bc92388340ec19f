package org.freelims.sync.server.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * How a table is captured. Immutable.
 *
 * @param resource the name clients subscribe to: letters, digits, {@code _}, {@code -}, {@code .}
 * @param keyColumns the columns a record's id is formed from; empty for the primary key's
 * @param excludedColumns columns that never leave the table: they are in no change and no snapshot,
 *     and a change of nothing else is none
 */
public record CaptureOptions(
        String resource, List<String> keyColumns, Set<String> excludedColumns) {
    private static final Pattern RESOURCE = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

    public CaptureOptions {
        if (!RESOURCE.matcher(resource).matches()) {
            throw new IllegalArgumentException(
                    "a resource's name is 1 to 64 letters, digits, '_', '-' or '.', not '%s'"
                            .formatted(resource));
        }
        keyColumns = List.copyOf(keyColumns);
        excludedColumns = Set.copyOf(excludedColumns);
        for (String key : keyColumns) {
            if (excludedColumns.contains(key)) {
                throw new IllegalArgumentException(
                        "column '%s' can't be the key and excluded".formatted(key));
            }
        }
    }

    /** Returns options with this resource, the primary key as key, and nothing excluded. */
    public static CaptureOptions resource(String resource) {
        return new CaptureOptions(resource, List.of(), Set.of());
    }

    /** Returns these options with another key: columns that are unique together and never null. */
    public CaptureOptions key(String... columns) {
        return new CaptureOptions(resource, List.of(columns), excludedColumns);
    }

    /** Returns these options with more columns excluded. */
    public CaptureOptions excluding(String... columns) {
        Set<String> all = new TreeSet<>(excludedColumns);
        all.addAll(new ArrayList<>(List.of(columns)));
        return new CaptureOptions(resource, keyColumns, all);
    }
}
