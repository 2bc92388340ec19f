package org.freelims.sync.server.lims;

import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The experiments with their notes. Everybody signed in reads them; whoever began one, or an
 * administrator, changes it. Thread-safe.
 */
@Path("experiments")
public final class ExperimentsResource {
    private static final Table TABLE = Tables.EXPERIMENTS;
    private static final Links CHEMICALS =
            new Links("experiment_chemical", "experiment_id", "chemical_id", "chemicals");

    private final LimsDatabase database;

    ExperimentsResource(LimsDatabase database) {
        this.database = database;
    }

    @GET
    public Response list(@Context UriInfo uri, @Context SecurityContext context) {
        Query query = new Query(uri);
        Query.Page page = query.page();
        Filter filter =
                Filter.none()
                        .search(query.text("search"), "t.title", "t.description")
                        .and("t.status = :status", "status", query.text("status"));
        query.check();
        return Answers.ok(
                database.read(
                        SignedIn.of(context),
                        rows -> rows.list(TABLE, filter, "t.created_at DESC, t.id DESC", page)));
    }

    @POST
    public Response create(byte[] body, @Context SecurityContext context) {
        SignedIn who = SignedIn.of(context);
        Form form = Form.of(body);
        Input input = form.forNew(TABLE.fields());
        Set<Integer> chemicals = form.ids("chemical_ids").orElse(Set.of());
        form.problems().check();
        return Answers.created(
                database.write(
                        who,
                        rows -> {
                            int id = rows.insert(TABLE, input, Map.of("user_id", who.id()));
                            link(rows, id, chemicals);
                            return rows.get(TABLE, id);
                        }));
    }

    /* Links to chemicals that whoever asks doesn't see stay, and no new ones are made to such. */
    private void link(Rows rows, int id, Set<Integer> chemicals) {
        for (int chemical : chemicals) {
            if (!rows.sees(Tables.CHEMICALS, chemical)) {
                throw missingChemical(chemical);
            }
        }
        Set<Integer> all = new HashSet<>(chemicals);
        CHEMICALS.of(rows.handle(), id).stream()
                .filter(chemical -> !rows.sees(Tables.CHEMICALS, chemical))
                .forEach(all::add);
        CHEMICALS.replace(rows.handle(), id, all, this::missingChemical);
    }

    private RefusedException missingChemical(int id) {
        return RefusedException.badRequest("One or more chemicals not found: " + id);
    }

    @GET
    @Path("{id}")
    public Response get(@PathParam("id") String idText, @Context SecurityContext context) {
        int id = experimentId(idText);
        return Answers.ok(database.read(SignedIn.of(context), rows -> rows.get(TABLE, id)));
    }

    @PUT
    @Path("{id}")
    public Response update(
            @PathParam("id") String idText, byte[] body, @Context SecurityContext context) {
        int id = experimentId(idText);
        SignedIn who = SignedIn.of(context);
        Form form = Form.of(body);
        Input input = form.forUpdate(TABLE.fields());
        Optional<Set<Integer>> chemicals = form.ids("chemical_ids");
        form.problems().check();
        return Answers.ok(
                database.write(
                        who,
                        rows -> {
                            requireOwn(rows, id, who, "update this experiment");
                            rows.update(TABLE, id, input);
                            chemicals.ifPresent(ids -> link(rows, id, ids));
                            return rows.get(TABLE, id);
                        }));
    }

    @DELETE
    @Path("{id}")
    public Response delete(@PathParam("id") String idText, @Context SecurityContext context) {
        int id = experimentId(idText);
        SignedIn who = SignedIn.of(context);
        return database.write(
                who,
                rows -> {
                    requireOwn(rows, id, who, "delete this experiment");
                    rows.execute("DELETE FROM experiment_notes WHERE experiment_id = :id", id);
                    rows.execute("DELETE FROM experiment_chemical WHERE experiment_id = :id", id);
                    rows.execute(
                            "UPDATE inventory_changes SET experiment_id = NULL"
                                    + " WHERE experiment_id = :id",
                            id);
                    rows.execute("DELETE FROM experiments WHERE id = :id", id);
                    return Answers.noContent();
                });
    }

    @GET
    @Path("{id}/notes")
    public Response notes(
            @PathParam("id") String idText,
            @Context UriInfo uri,
            @Context SecurityContext context) {
        int id = experimentId(idText);
        Query query = new Query(uri);
        Query.Page page = query.page();
        query.check();
        Filter filter = Filter.none().and("t.experiment_id = :of", "of", Optional.of(id));
        return Answers.ok(
                database.read(
                        SignedIn.of(context),
                        rows -> {
                            if (rows.find(TABLE, id).isEmpty()) {
                                throw RefusedException.notFound(TABLE.noun());
                            }
                            return rows.list(
                                    Tables.EXPERIMENT_NOTES,
                                    filter,
                                    "t.timestamp DESC, t.id DESC",
                                    page);
                        }));
    }

    @POST
    @Path("{id}/notes")
    public Response addNote(
            @PathParam("id") String idText, byte[] body, @Context SecurityContext context) {
        int id = experimentId(idText);
        SignedIn who = SignedIn.of(context);
        Form form = Form.of(body);
        Input input = form.forNew(Tables.EXPERIMENT_NOTES.fields());
        form.problems().check();
        return Answers.created(
                database.write(
                        who,
                        rows -> {
                            requireOwn(rows, id, who, "add notes to this experiment");
                            int note =
                                    rows.insert(
                                            Tables.EXPERIMENT_NOTES,
                                            input,
                                            Map.of("experiment_id", id));
                            return rows.get(Tables.EXPERIMENT_NOTES, note);
                        }));
    }

    private static void requireOwn(Rows rows, int id, SignedIn who, String deed) {
        String owner = rows.lock(TABLE, id, "t.user_id", "UPDATE");
        if (!who.isAdmin() && !owner.equals(String.valueOf(who.id()))) {
            throw RefusedException.forbidden("Not authorized to " + deed);
        }
    }

    private static int experimentId(String text) {
        return PathId.read("experiment_id", text, TABLE.noun());
    }
}
