package org.freelims.sync.server.lims;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.freelims.sync.server.lims.Rows.FieldChange;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/*
 * FreeLIMS' audit tables refer to their subject by a foreign key, so a subject with a history could
 * not be deleted, or its history would no longer say whose it is. Before a subject goes, the key is
 * emptied in its entries and kept in deleted_subjects, a table of ours; reading puts it back.
 */
/**
 * Who changed which field from what to what, in one of FreeLIMS' audit tables.
 *
 * @param table the audit table
 * @param subjectColumn its column that names the record
 */
record AuditTrail(String table, String subjectColumn) {
    static final AuditTrail CHEMICALS = new AuditTrail("chemical_audits", "chemical_id");
    static final AuditTrail LOCATIONS = new AuditTrail("location_audits", "location_id");
    static final AuditTrail INVENTORY = new AuditTrail("inventory_audits", "inventory_item_id");

    /** Not an audit table, but a history that must outlive its subject all the same. */
    static final AuditTrail INVENTORY_CHANGES =
            new AuditTrail("inventory_changes", "inventory_item_id");

    /** The most a value may take in the trail; a longer one is cut, and says so. */
    private static final int MAX_VALUE_CHARS = 4000;

    void created(Handle handle, int subject, int user, String field, @Nullable String value) {
        add(handle, subject, user, new FieldChange(field, null, value), "CREATE");
    }

    void updated(Handle handle, int subject, int user, List<FieldChange> changes) {
        changes.forEach(change -> add(handle, subject, user, change, "UPDATE"));
    }

    void deleted(Handle handle, int subject, int user, String field, String value) {
        add(handle, subject, user, new FieldChange(field, value, null), "DELETE");
    }

    private void add(Handle handle, int subject, int user, FieldChange change, String action) {
        String sql =
                "INSERT INTO "
                        + table
                        + " ("
                        + subjectColumn
                        + ", user_id, field_name, old_value, new_value, action)"
                        + " VALUES (:subject, :user, :field, :before, :after, :action)";
        try (Update update = handle.createUpdate(sql)) {
            update.bind("subject", subject)
                    .bind("user", user)
                    .bind("field", change.field())
                    .bind("before", shown(change.before()))
                    .bind("after", shown(change.after()))
                    .bind("action", action)
                    .execute();
        }
    }

    private static String shown(@Nullable String value) {
        if (value == null) {
            return "";
        }
        return value.length() <= MAX_VALUE_CHARS
                ? value
                : value.substring(0, MAX_VALUE_CHARS) + "... (" + value.length() + " characters)";
    }

    /** Lets go of a subject that is about to be deleted; its entries are still found by its id. */
    void detach(Handle handle, int subject) {
        String sql =
                "WITH entries AS (UPDATE "
                        + table
                        + " SET "
                        + subjectColumn
                        + " = NULL WHERE "
                        + subjectColumn
                        + " = :subject RETURNING id)"
                        + " INSERT INTO deleted_subjects (history, entry_id, subject_id)"
                        + " SELECT :history, id, :subject FROM entries"
                        + " ON CONFLICT (history, entry_id) DO NOTHING";
        try (Update update = handle.createUpdate(sql)) {
            update.bind("subject", subject).bind("history", table).execute();
        }
    }

    /** The trail for reading, each entry with its subject's id even where that is gone. */
    Table forReading() {
        return forReading(
                "t.user_id, t.field_name, COALESCE(t.old_value, '') AS old_value,"
                        + " COALESCE(t.new_value, '') AS new_value, t.action, t.timestamp");
    }

    Table forReading(String columns) {
        String select =
                "SELECT t.id, "
                        + subject()
                        + " AS "
                        + subjectColumn
                        + ", "
                        + columns
                        + " FROM "
                        + table
                        + " t LEFT JOIN deleted_subjects d ON d.history = '"
                        + table
                        + "' AND d.entry_id = t.id";
        return new Table(table, "Entry", select, List.of(), false, Map.of());
    }

    /** Narrows a filter on {@link #forReading} to one subject, if one is named. */
    Filter about(Filter filter, Optional<Integer> subject) {
        return filter.and(subject() + " = :subject", "subject", subject);
    }

    private String subject() {
        return "COALESCE(t." + subjectColumn + ", d.subject_id)";
    }

    /** Whether anything is known of a subject, there or gone. */
    boolean knows(Rows rows, int subject) {
        return rows.exists(
                "SELECT 1 FROM "
                        + table
                        + " t LEFT JOIN deleted_subjects d ON d.history = '"
                        + table
                        + "' AND d.entry_id = t.id WHERE "
                        + subject()
                        + " = :id",
                subject);
    }
}
