package org.freelims.sync.server.lims;

import java.util.List;
import java.util.Map;

/** FreeLIMS' tables as this API serves them. */
final class Tables {
    static final List<String> TEST_TYPES = List.of("HPLC", "GC", "Titration", "IR", "NMR");

    static final Table CHEMICALS =
            Table.of(
                    "chemicals",
                    "Chemical",
                    Field.text("name").asRequired(),
                    Field.text("cas_number").unique("Chemical with this CAS number already exists"),
                    Field.text("formula"),
                    Field.of("molecular_weight", FieldType.NUMBER),
                    Field.prose("description"),
                    Field.prose("hazard_information"),
                    Field.text("storage_conditions"));

    static final Table LOCATIONS =
            Table.of(
                            "locations",
                            "Location",
                            Field.text("name")
                                    .asRequired()
                                    .unique("Location with this name already exists"),
                            Field.prose("description"))
                    .unstamped();

    static final Table INVENTORY =
            Table.of(
                            "inventory_items",
                            "Inventory item",
                            Field.of("chemical_id", FieldType.INTEGER).asRequired(),
                            Field.of("location_id", FieldType.INTEGER).asRequired(),
                            Field.of("quantity", FieldType.NUMBER).asRequired().atLeast(0),
                            Field.text("unit").asRequired(),
                            Field.text("batch_number"),
                            Field.of("expiration_date", FieldType.LOCAL_TIME))
                    .selecting(
                            "SELECT t.*, row_to_json(c) AS chemical, row_to_json(l) AS location"
                                    + " FROM inventory_items t"
                                    + " LEFT JOIN chemicals c ON c.id = t.chemical_id"
                                    + " LEFT JOIN locations l ON l.id = t.location_id")
                    .nesting(Map.of("chemical", "chemicals", "location", "locations"));

    static final Table INVENTORY_CHANGES =
            Table.of(
                    "inventory_changes",
                    "Inventory change",
                    Field.of("inventory_item_id", FieldType.INTEGER).asRequired(),
                    Field.of("change_amount", FieldType.NUMBER).asRequired(),
                    Field.text("reason").asRequired(),
                    Field.of("experiment_id", FieldType.INTEGER));

    static final Table EXPERIMENTS =
            Table.of(
                            "experiments",
                            "Experiment",
                            Field.text("title").asRequired(),
                            Field.prose("description"),
                            Field.prose("procedure"),
                            Field.prose("results"),
                            Field.text("status")
                                    .asRequired()
                                    .oneOf("planned", "in-progress", "completed", "failed"),
                            Field.of("start_date", FieldType.LOCAL_TIME).asRequired(),
                            Field.of("end_date", FieldType.LOCAL_TIME))
                    .selecting(
                            "SELECT t.*, (SELECT COALESCE(json_agg(row_to_json(c) ORDER BY c.id),"
                                + " '[]') FROM chemicals c WHERE c.id IN (SELECT e.chemical_id FROM"
                                + " experiment_chemical e WHERE e.experiment_id = t.id)) AS"
                                + " chemicals, (SELECT COALESCE(json_agg(row_to_json(n) ORDER BY"
                                + " n.timestamp DESC, n.id DESC), '[]') FROM experiment_notes n"
                                + " WHERE n.experiment_id = t.id) AS notes FROM experiments t")
                    .nesting(Map.of("chemicals", "chemicals"));

    static final Table EXPERIMENT_NOTES =
            Table.of("experiment_notes", "Note", Field.prose("content").asRequired()).unstamped();

    static final Table SAMPLES =
            Table.of(
                    "samples",
                    "Sample",
                    Field.text("internal_id")
                            .asRequired()
                            .unique("Sample with this internal ID already exists"),
                    Field.text("name").asRequired(),
                    Field.of("chemical_id", FieldType.INTEGER),
                    Field.of("location_id", FieldType.INTEGER),
                    Field.text("batch_number"),
                    Field.text("status")
                            .asRequired()
                            .oneOf("received", "in-testing", "approved", "rejected"),
                    Field.of("received_at", FieldType.INSTANT),
                    Field.prose("notes"));

    static final Table TESTS =
            Table.of(
                            "tests",
                            "Test",
                            Field.text("internal_id")
                                    .asRequired()
                                    .unique("Test with this internal ID already exists"),
                            Field.text("test_id").asRequired(),
                            Field.text("sample_id").asRequired(),
                            Field.text("test_type")
                                    .asRequired()
                                    .oneOf(TEST_TYPES.toArray(String[]::new)),
                            Field.text("method").asRequired(),
                            Field.text("status")
                                    .asRequired()
                                    .oneOf("Pending", "In Progress", "Completed", "Failed"),
                            Field.of("start_date", FieldType.INSTANT).asRequired(),
                            Field.of("test_date", FieldType.INSTANT).asRequired(),
                            Field.of("completion_date", FieldType.INSTANT),
                            Field.prose("results"))
                    .selecting(
                            "SELECT t.*, (SELECT COALESCE(json_agg(json_build_object('id', u.id,"
                                + " 'username', u.username, 'full_name', u.full_name) ORDER BY"
                                + " u.id), '[]') FROM users u WHERE u.id IN (SELECT a.user_id FROM"
                                + " test_analyst a WHERE a.test_id = t.id)) AS analysts FROM tests"
                                + " t");

    /** Column by column, so that the password hash stays where it is. */
    static final Table USERS =
            Table.of(
                            "users",
                            "User",
                            Field.text("email")
                                    .asRequired()
                                    .asEmail()
                                    .unique("Email already registered"),
                            Field.text("username").asRequired().unique("Username already taken"),
                            Field.text("full_name").asRequired(),
                            Field.of("is_active", FieldType.BOOLEAN),
                            Field.of("is_admin", FieldType.BOOLEAN))
                    .selecting(
                            "SELECT t.id, t.email, t.username, t.full_name, t.is_active,"
                                    + " t.is_admin, t.created_at, t.updated_at FROM users t");

    static final Table SETTINGS =
            Table.of(
                    "system_settings",
                    "Settings",
                    Field.text("company_name"),
                    Field.text("system_email").asEmail(),
                    Field.of("backup_enabled", FieldType.BOOLEAN),
                    Field.text("backup_frequency"),
                    Field.text("backup_location"),
                    Field.of("email_notifications", FieldType.BOOLEAN),
                    Field.of("auto_logout", FieldType.INTEGER).atLeast(0),
                    Field.of("password_expiry", FieldType.INTEGER).atLeast(0),
                    Field.of("require_two_factor", FieldType.BOOLEAN));

    private Tables() {}
}
