package org.freelims.sync.server.lims;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Conditions on a table's rows, all of which must hold, with the values they compare to. Confined.
 */
final class Filter {
    private final List<String> conditions = new ArrayList<>();
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

    /** Looks for a text anywhere in any of these expressions, whatever its case. */
    Filter search(Optional<String> sought, String... expressions) {
        List<String> any = new ArrayList<>();
        for (String expression : expressions) {
            any.add(expression + " ILIKE :search");
        }
        return and("(" + String.join(" OR ", any) + ")", "search", sought.map(Filter::containing));
    }

    private static String containing(String text) {
        String literal = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_");
        return "%" + literal + "%";
    }

    String where() {
        return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    }

    Map<String, Object> bindings() {
        return bindings;
    }
}
