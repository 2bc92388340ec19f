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
import java.util.Map;

/** The samples. Thread-safe. */
@Path("samples")
public final class SamplesResource {
    private static final Table TABLE = Tables.SAMPLES;

    private final LimsDatabase database;

    SamplesResource(LimsDatabase database) {
        this.database = database;
    }

    @GET
    public Response list(@Context UriInfo uri, @Context SecurityContext context) {
        Query query = new Query(uri);
        Query.Page page = query.page();
        Filter filter =
                Filter.none()
                        .search(query.text("search"), "t.internal_id", "t.name", "t.batch_number")
                        .and("t.status = :status", "status", query.text("status"))
                        .and("t.chemical_id = :chemical", "chemical", query.integer("chemical_id"))
                        .and("t.location_id = :location", "location", query.integer("location_id"));
        query.check();
        return Answers.ok(
                database.read(
                        SignedIn.of(context), rows -> rows.list(TABLE, filter, "t.id", page)));
    }

    @POST
    public Response create(byte[] body, @Context SecurityContext context) {
        SignedIn who = SignedIn.of(context);
        Form form = Form.of(body);
        Input input = form.forNew(TABLE.fields());
        form.problems().check();
        return Answers.created(
                database.write(
                        who,
                        rows -> {
                            requireParts(rows, input);
                            return rows.get(TABLE, rows.insert(TABLE, input, Map.of()));
                        }));
    }

    @GET
    @Path("{id}")
    public Response get(@PathParam("id") String idText, @Context SecurityContext context) {
        int id = sampleId(idText);
        return Answers.ok(database.read(SignedIn.of(context), rows -> rows.get(TABLE, id)));
    }

    @PUT
    @Path("{id}")
    public Response update(
            @PathParam("id") String idText, byte[] body, @Context SecurityContext context) {
        int id = sampleId(idText);
        SignedIn who = SignedIn.of(context);
        Form form = Form.of(body);
        Input input = form.forUpdate(TABLE.fields());
        form.problems().check();
        return Answers.ok(
                database.write(
                        who,
                        rows -> {
                            rows.lock(TABLE, id, "t.id", "UPDATE");
                            requireParts(rows, input);
                            rows.update(TABLE, id, input);
                            return rows.get(TABLE, id);
                        }));
    }

    @DELETE
    @Path("{id}")
    public Response delete(@PathParam("id") String idText, @Context SecurityContext context) {
        int id = sampleId(idText);
        return database.write(
                SignedIn.of(context),
                rows -> {
                    rows.lock(TABLE, id, "t.id", "UPDATE");
                    rows.execute("DELETE FROM samples WHERE id = :id", id);
                    return Answers.noContent();
                });
    }

    private static void requireParts(Rows rows, Input input) {
        input.integer("chemical_id")
                .ifPresent(id -> rows.lock(Tables.CHEMICALS, id, "t.id", "KEY SHARE"));
        input.integer("location_id")
                .ifPresent(id -> rows.lock(Tables.LOCATIONS, id, "t.id", "KEY SHARE"));
    }

    private static int sampleId(String text) {
        return PathId.read("sample_id", text, TABLE.noun());
    }
}
