package org.freelims.sync.server.security;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.freelims.sync.access.View;
import org.freelims.sync.protocol.Row;
import org.freelims.sync.subscription.Expression;

/**
 * What some roles together may see. Immutable; equal to another that shows the same.
 *
 * @param rules by resource; what is not there may not be seen
 */
record PolicyView(Map<String, Rule> rules) implements View {
    PolicyView {
        rules = Map.copyOf(rules);
    }

    /**
     * @param rows what a row must match one of to be seen; all rows are seen if there are none
     * @param hidden fields that are left out
     */
    record Rule(List<Expression> rows, Set<String> hidden) {
        Rule {
            rows = List.copyOf(rows);
            hidden = Set.copyOf(hidden);
        }

        boolean sees(Row row) {
            return rows.isEmpty() || rows.stream().anyMatch(filter -> filter.matches(row));
        }
    }

    @Override
    public boolean allows(String resource) {
        return rules.containsKey(resource);
    }

    @Override
    public boolean sees(String resource, Row row) {
        Rule rule = rules.get(resource);
        return rule != null && rule.sees(row);
    }

    @Override
    public boolean filtersRows(String resource) {
        Rule rule = rules.get(resource);
        return rule == null || !rule.rows().isEmpty();
    }

    @Override
    public Set<String> hiddenFields(String resource) {
        Rule rule = rules.get(resource);
        return rule == null ? Set.of() : rule.hidden();
    }
}
