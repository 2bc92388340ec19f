package org.freelims.sync.server.lims;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.freelims.sync.server.lims.Rows.FieldChange;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/** Changes to the stock within one transaction, each with its entries in the trail. Confined. */
final class Stock {
    private static final String SUMMARY =
            "SELECT concat_ws(', ', 'Chemical: ' || (SELECT name FROM chemicals WHERE id ="
                    + " t.chemical_id), 'Location: ' || (SELECT name FROM locations WHERE id ="
                    + " t.location_id), 'Quantity: ' || t.quantity, 'Unit: ' || t.unit, 'Batch: '"
                    + " || t.batch_number)";

    private final Handle handle;
    private final SignedIn who;
    private final Rows rows;
    private final Rows history;

    Stock(Rows rows, SignedIn who) {
        this.handle = rows.handle();
        this.who = who;
        this.rows = rows;
        this.history = new Rows(handle, Sight.WHOLE);
    }

    /** An entry of a history that was made just now, for whom it was made by. */
    String entry(Table table, int id) {
        return history.get(table, id);
    }

    String create(Input input) {
        requireParts(input);
        int id = rows.insert(Tables.INVENTORY, input, Map.of());
        double quantity = input.get("quantity").map(Double.class::cast).orElseThrow();
        recordChange(id, quantity, "Initial inventory creation", Optional.empty());
        AuditTrail.INVENTORY.created(handle, id, who.id(), "all", summary(id, "KEY SHARE"));
        return rows.get(Tables.INVENTORY, id);
    }

    String update(int id, Input input) {
        String before =
                rows.lock(
                        Tables.INVENTORY,
                        id,
                        "SELECT json_build_array(t.chemical_id, t.location_id, t.quantity)",
                        "UPDATE");
        requireParts(onlyChangedParts(input, before));
        List<FieldChange> shown = new ArrayList<>();
        for (FieldChange change : rows.update(Tables.INVENTORY, id, input)) {
            switch (change.field()) {
                case "chemical_id" -> shown.add(named(change, "chemicals"));
                case "location_id" -> shown.add(named(change, "locations"));
                default -> shown.add(change);
            }
            if (change.field().equals("quantity")) {
                recordDifference(id, change);
            }
        }
        AuditTrail.INVENTORY.updated(handle, id, who.id(), shown);
        return rows.get(Tables.INVENTORY, id);
    }

    /* An item that refers to what is gone must not be stuck for it when something else changes. */
    private static Input onlyChangedParts(Input input, String before) {
        String[] old = before.replaceAll("[\\[\\] ]", "").split(",", -1);
        Input rest = input;
        if (input.integer("chemical_id").map(String::valueOf).filter(old[0]::equals).isPresent()) {
            rest = rest.without("chemical_id");
        }
        if (input.integer("location_id").map(String::valueOf).filter(old[1]::equals).isPresent()) {
            rest = rest.without("location_id");
        }
        return rest;
    }

    void delete(int id) {
        String summary = summary(id, "UPDATE");
        AuditTrail.INVENTORY.deleted(handle, id, who.id(), "all", summary);
        AuditTrail.INVENTORY.detach(handle, id);
        AuditTrail.INVENTORY_CHANGES.detach(handle, id);
        rows.execute("DELETE FROM inventory_items WHERE id = :id", id);
    }

    /**
     * Adds to or takes from an item's quantity, in decimal arithmetic: what was filled in as 0.3 is
     * empty after 0.1 and 0.2 were taken.
     *
     * @return the change's id
     */
    int change(Input input) {
        int item = input.integer("inventory_item_id").orElseThrow();
        rows.requireSettable(Tables.INVENTORY, "quantity");
        double amount = input.get("change_amount").map(Double.class::cast).orElseThrow();
        String before = rows.lock(Tables.INVENTORY, item, "COALESCE(t.quantity, 0)", "UPDATE");
        Optional<Integer> experiment = input.integer("experiment_id");
        experiment.ifPresent(id -> rows.lock(Tables.EXPERIMENTS, id, "t.id", "KEY SHARE"));
        String after = add(before, amount);
        if (Double.parseDouble(after) < 0) {
            throw RefusedException.badRequest("Inventory quantity cannot be negative");
        }
        String reason = input.get("reason").map(Object::toString).orElseThrow();
        int id = recordChange(item, amount, reason, experiment);
        if (!after.equals(before)) {
            try (Update update =
                    handle.createUpdate(
                            "UPDATE inventory_items SET quantity = CAST(:after AS double"
                                    + " precision), updated_at = now() WHERE id = :id")) {
                update.bind("after", after).bind("id", item).execute();
            }
            AuditTrail.INVENTORY.updated(
                    handle, item, who.id(), List.of(new FieldChange("quantity", before, after)));
        }
        return id;
    }

    private String add(String quantity, double amount) {
        try (Query query =
                handle.createQuery(
                        "SELECT (CAST(:quantity AS double precision)::numeric"
                                + " + CAST(:amount AS double precision)::numeric)::double"
                                + " precision::text")) {
            return query.bind("quantity", quantity)
                    .bind("amount", amount)
                    .mapTo(String.class)
                    .one();
        }
    }

    private void recordDifference(int id, FieldChange change) {
        double before = change.before() == null ? 0 : Double.parseDouble(change.before());
        String after = change.after() == null ? "0" : change.after();
        recordChange(
                id,
                Double.parseDouble(add(after, -before)),
                "Manual inventory update",
                Optional.empty());
    }

    private int recordChange(int item, double amount, String reason, Optional<Integer> experiment) {
        Map<String, Object> columns = new LinkedHashMap<>();
        columns.put("inventory_item_id", item);
        columns.put("user_id", who.id());
        columns.put("change_amount", amount);
        columns.put("reason", reason);
        experiment.ifPresent(id -> columns.put("experiment_id", id));
        return history.insert(Tables.INVENTORY_CHANGES, new Input(List.of()), columns);
    }

    private void requireParts(Input input) {
        input.integer("chemical_id")
                .ifPresent(id -> rows.lock(Tables.CHEMICALS, id, "t.id", "KEY SHARE"));
        input.integer("location_id")
                .ifPresent(id -> rows.lock(Tables.LOCATIONS, id, "t.id", "KEY SHARE"));
    }

    private String summary(int id, String lock) {
        return rows.lock(Tables.INVENTORY, id, SUMMARY, lock);
    }

    private FieldChange named(FieldChange change, String table) {
        return new FieldChange(
                change.field(), named(change.before(), table), named(change.after(), table));
    }

    private @Nullable String named(@Nullable String id, String table) {
        if (id == null) {
            return null;
        }
        try (Query query = handle.createQuery("SELECT name FROM " + table + " WHERE id = :id")) {
            return query.bind("id", Integer.parseInt(id))
                    .mapTo(String.class)
                    .findFirst()
                    .map(name -> name + " (ID: " + id + ")")
                    .orElse(id);
        }
    }
}
