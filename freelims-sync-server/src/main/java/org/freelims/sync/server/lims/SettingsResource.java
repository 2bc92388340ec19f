package org.freelims.sync.server.lims;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.freelims.sync.server.lims.Rows.FieldChange;

/**
 * The installation's settings: one row, made with FreeLIMS' defaults when first asked for.
 * Thread-safe.
 */
@Path("settings")
public final class SettingsResource {
    private static final Table TABLE = Tables.SETTINGS;
    private static final Map<String, Object> DEFAULTS =
            Map.of(
                    "company_name",
                    "FreeLIMS",
                    "backup_enabled",
                    true,
                    "backup_frequency",
                    "daily",
                    "backup_location",
                    "/backup",
                    "email_notifications",
                    true,
                    "auto_logout",
                    30,
                    "password_expiry",
                    90,
                    "require_two_factor",
                    false);

    private final LimsDatabase database;

    SettingsResource(LimsDatabase database) {
        this.database = database;
    }

    @GET
    public Response get(@Context SecurityContext context) {
        SignedIn who = SignedIn.of(context);
        Optional<String> present =
                database.read(who, rows -> rows.settingsId().map(id -> rows.get(TABLE, id)));
        return Answers.ok(
                present.orElseGet(
                        () -> database.write(who, rows -> rows.get(TABLE, requireRow(rows)))));
    }

    @PUT
    @AdminOnly
    public Response update(byte[] body, @Context SecurityContext context) {
        SignedIn who = SignedIn.of(context);
        Form form = Form.of(body);
        Input input = form.forUpdate(TABLE.fields());
        form.problems().check();
        return Answers.ok(
                database.write(
                        who,
                        rows -> {
                            int id = requireRow(rows);
                            List<FieldChange> changes = rows.update(TABLE, id, input);
                            if (!changes.isEmpty()) {
                                rows.handle()
                                        .createUpdate(
                                                "UPDATE system_settings SET updated_by_id = :user"
                                                        + " WHERE id = :id")
                                        .bind("user", who.id())
                                        .bind("id", id)
                                        .execute();
                            }
                            return rows.get(TABLE, id);
                        }));
    }

    /* Two that ask first at the same time must not make two rows. */
    private static int requireRow(Rows rows) {
        rows.handle().execute("SELECT pg_advisory_xact_lock(hashtext('freelims system_settings'))");
        return rows.settingsId()
                .orElseGet(() -> rows.insert(TABLE, new Input(List.of()), DEFAULTS));
    }
}
