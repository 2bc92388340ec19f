package org.freelims.sync.server.lims;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Conditions on a table's rows, all of which must hold, with the values they compare to. Confined.
 */
final class Filter {
    private static final Pattern COLUMN = Pattern.compile("\\b[tcl]\\.[a-z_]+");

    private static final String FOUND_NOWHERE = "CAST(:search AS text) IS NULL";

    private final List<String> conditions = new ArrayList<>();
    private final List<String> searched = new ArrayList<>();
    private final Map<String, Object> bindings = new LinkedHashMap<>();

    static Filter none() {
        return new Filter();
    }

    static Filter id(int id) {
        return new Filter().and("t.id = :id", "id", Optional.of(id));
    }

    /** Adds a condition that speaks of {@code :name}, if there is a value. */
    Filter and(String condition, String name, Optional<?> value) {
        value.ifPresent(
                present -> {
                    conditions.add(condition);
                    bindings.put(name, present instanceof TimeText ? present.toString() : present);
                });
        return this;
    }

    /** Looks for a text anywhere in any of these columns, whatever its case. */
    Filter search(Optional<String> sought, String... columns) {
        sought.ifPresent(
                text -> {
                    searched.addAll(List.of(columns));
                    bindings.put("search", containing(text));
                });
        return this;
    }

    private static String containing(String text) {
        String literal = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_");
        return "%" + literal + "%";
    }

    /** Returns the columns that the conditions, a search apart, look at. */
    List<String> columns() {
        return conditions.stream()
                .flatMap(condition -> COLUMN.matcher(condition).results())
                .map(MatchResult::group)
                .toList();
    }

    /**
     * @param searchable which columns a search may look at
     */
    String where(Predicate<String> searchable) {
        List<String> all = new ArrayList<>(conditions);
        if (!searched.isEmpty()) {
            List<String> sought =
                    searched.stream()
                            .filter(searchable)
                            .map(column -> column + " ILIKE :search")
                            .toList();
            all.add(sought.isEmpty() ? FOUND_NOWHERE : "(" + String.join(" OR ", sought) + ")");
        }
        return all.isEmpty() ? "" : " WHERE " + String.join(" AND ", all);
    }

    Map<String, Object> bindings() {
        return bindings;
    }
}
