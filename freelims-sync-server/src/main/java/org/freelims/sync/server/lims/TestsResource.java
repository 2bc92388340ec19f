package org.freelims.sync.server.lims;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
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
import java.util.Optional;
import java.util.Set;

/** The laboratory's tests of samples, with the analysts who do them. Thread-safe. */
@Path("tests")
public final class TestsResource {
    private static final Table TABLE = Tables.TESTS;
    private static final Links ANALYSTS = new Links("test_analyst", "test_id", "user_id", "users");

    private final LimsDatabase database;

    TestsResource(LimsDatabase database) {
        this.database = database;
    }

    @GET
    public Response list(@Context UriInfo uri, @Context SecurityContext context) {
        Query query = new Query(uri);
        Query.Page page = query.page();
        Filter filter =
                Filter.none()
                        .search(
                                query.text("search"),
                                "t.internal_id",
                                "t.test_id",
                                "t.sample_id",
                                "t.method")
                        .and("t.status = :status", "status", query.text("status"))
                        .and("t.sample_id = :sample", "sample", query.text("sample_id"));
        query.check();
        return Answers.ok(
                database.read(
                        SignedIn.of(context), rows -> rows.list(TABLE, filter, "t.id", page)));
    }

    @GET
    @Path("types")
    public Response types() {
        var types = JsonNodeFactory.instance.arrayNode();
        Tables.TEST_TYPES.forEach(types::add);
        return Answers.ok(types.toString());
    }

    @POST
    public Response create(byte[] body, @Context SecurityContext context) {
        SignedIn who = SignedIn.of(context);
        Form form = Form.of(body);
        Input input = form.forNew(TABLE.fields());
        Set<Integer> analysts = form.ids("analyst_ids").orElse(Set.of());
        form.problems().check();
        return Answers.created(
                database.write(
                        who,
                        rows -> {
                            int id = rows.insert(TABLE, input, Map.of());
                            ANALYSTS.replace(rows.handle(), id, analysts, this::missingAnalyst);
                            return rows.get(TABLE, id);
                        }));
    }

    private RefusedException missingAnalyst(int id) {
        return RefusedException.notFound("Analyst with id " + id);
    }

    @GET
    @Path("{id}")
    public Response get(@PathParam("id") String idText, @Context SecurityContext context) {
        int id = testId(idText);
        return Answers.ok(database.read(SignedIn.of(context), rows -> rows.get(TABLE, id)));
    }

    @PUT
    @Path("{id}")
    public Response update(
            @PathParam("id") String idText, byte[] body, @Context SecurityContext context) {
        int id = testId(idText);
        SignedIn who = SignedIn.of(context);
        Form form = Form.of(body);
        Input input = form.forUpdate(TABLE.fields());
        Optional<Set<Integer>> analysts = form.ids("analyst_ids");
        form.problems().check();
        return Answers.ok(
                database.write(
                        who,
                        rows -> {
                            rows.update(TABLE, id, input);
                            analysts.ifPresent(
                                    ids ->
                                            ANALYSTS.replace(
                                                    rows.handle(), id, ids, this::missingAnalyst));
                            return rows.get(TABLE, id);
                        }));
    }

    @DELETE
    @Path("{id}")
    public Response delete(@PathParam("id") String idText, @Context SecurityContext context) {
        int id = testId(idText);
        return database.write(
                SignedIn.of(context),
                rows -> {
                    rows.lock(TABLE, id, "t.id", "UPDATE");
                    rows.execute("DELETE FROM test_analyst WHERE test_id = :id", id);
                    rows.execute("DELETE FROM tests WHERE id = :id", id);
                    return Answers.noContent();
                });
    }

    private static int testId(String text) {
        return PathId.read("test_id", text, TABLE.noun());
    }
}
