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

/** The stock: its items, the changes of their quantities and the audit trail. Thread-safe. */
@Path("inventory")
public final class InventoryResource {
    private static final String NEWEST_FIRST = "t.timestamp DESC, t.id DESC";
    private static final Table CHANGES =
            AuditTrail.INVENTORY_CHANGES.forReading(
                    "t.user_id, t.change_amount, t.reason, t.experiment_id, t.timestamp");
    private static final Table AUDIT = AuditTrail.INVENTORY.forReading();

    private final LimsDatabase database;

    InventoryResource(LimsDatabase database) {
        this.database = database;
    }

    @GET
    @Path("items")
    public Response list(@Context UriInfo uri, @Context SecurityContext context) {
        Query query = new Query(uri);
        Query.Page page = query.page();
        Filter filter =
                Filter.none()
                        .search(query.text("search"), "c.name", "c.cas_number", "t.batch_number")
                        .and("t.chemical_id = :chemical", "chemical", query.integer("chemical_id"))
                        .and("t.location_id = :location", "location", query.integer("location_id"));
        query.check();
        return Answers.ok(
                database.read(
                        SignedIn.of(context),
                        rows -> rows.list(Tables.INVENTORY, filter, "t.id", page)));
    }

    @POST
    @Path("items")
    public Response create(byte[] body, @Context SecurityContext context) {
        SignedIn who = SignedIn.of(context);
        Form form = Form.of(body);
        Input input = form.forNew(Tables.INVENTORY.fields());
        form.problems().check();
        return Answers.created(database.write(who, rows -> new Stock(rows, who).create(input)));
    }

    @GET
    @Path("items/{id}")
    public Response get(@PathParam("id") String idText, @Context SecurityContext context) {
        int id = itemId(idText);
        return Answers.ok(
                database.read(SignedIn.of(context), rows -> rows.get(Tables.INVENTORY, id)));
    }

    @PUT
    @Path("items/{id}")
    public Response update(
            @PathParam("id") String idText, byte[] body, @Context SecurityContext context) {
        int id = itemId(idText);
        SignedIn who = SignedIn.of(context);
        Form form = Form.of(body);
        Input input = form.forUpdate(Tables.INVENTORY.fields());
        form.problems().check();
        return Answers.ok(database.write(who, rows -> new Stock(rows, who).update(id, input)));
    }

    @DELETE
    @Path("items/{id}")
    public Response delete(@PathParam("id") String idText, @Context SecurityContext context) {
        int id = itemId(idText);
        SignedIn who = SignedIn.of(context);
        return database.write(
                who,
                rows -> {
                    new Stock(rows, who).delete(id);
                    return Answers.noContent();
                });
    }

    private static int itemId(String text) {
        return PathId.read("item_id", text, Tables.INVENTORY.noun());
    }

    @GET
    @Path("changes")
    public Response changes(@Context UriInfo uri, @Context SecurityContext context) {
        Query query = new Query(uri);
        Query.Page page = query.page();
        Filter filter =
                AuditTrail.INVENTORY_CHANGES.about(
                        Filter.none(), query.integer("inventory_item_id"));
        query.check();
        return Answers.ok(
                database.read(
                        SignedIn.of(context),
                        rows -> rows.list(CHANGES, filter, NEWEST_FIRST, page)));
    }

    @POST
    @Path("changes")
    public Response change(byte[] body, @Context SecurityContext context) {
        SignedIn who = SignedIn.of(context);
        Form form = Form.of(body);
        Input input = form.forNew(Tables.INVENTORY_CHANGES.fields());
        form.problems().check();
        String reason = input.get("reason").map(Object::toString).orElseThrow();
        return Answers.created(
                database.write(
                        who,
                        reason,
                        rows -> {
                            Stock stock = new Stock(rows, who);
                            return stock.entry(CHANGES, stock.change(input));
                        }));
    }

    @GET
    @Path("audit")
    public Response audit(@Context UriInfo uri, @Context SecurityContext context) {
        Query query = new Query(uri);
        Query.Page page = query.page();
        Filter filter =
                AuditTrail.INVENTORY
                        .about(Filter.none(), query.integer("inventory_item_id"))
                        .and("t.field_name = :field", "field", query.text("field_name"))
                        .and("t.action = :action", "action", query.text("action"));
        query.check();
        return Answers.ok(
                database.read(
                        SignedIn.of(context),
                        rows -> rows.list(AUDIT, filter, NEWEST_FIRST, page)));
    }
}
