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

/** The chemicals, with the trail of their changes. Thread-safe. */
@Path("chemicals")
public final class ChemicalsResource {
    private final AuditedRecords chemicals;

    ChemicalsResource(LimsDatabase database) {
        this.chemicals =
                new AuditedRecords(
                        database,
                        Tables.CHEMICALS,
                        AuditTrail.CHEMICALS,
                        "chemical_id",
                        "chemical",
                        ChemicalsResource::release);
    }

    /* Experiments let go of a chemical that is deleted, as in FreeLIMS; stock and samples don't. */
    private static void release(Rows rows, int id) {
        if (rows.exists("SELECT 1 FROM inventory_items WHERE chemical_id = :id", id)) {
            throw RefusedException.badRequest("Cannot delete chemical that is used in inventory");
        }
        if (rows.exists("SELECT 1 FROM samples WHERE chemical_id = :id", id)) {
            throw RefusedException.badRequest("Cannot delete chemical that is used by samples");
        }
        rows.execute("DELETE FROM chemical_category WHERE chemical_id = :id", id);
        rows.execute("DELETE FROM experiment_chemical WHERE chemical_id = :id", id);
    }

    @GET
    public Response list(@Context UriInfo uri, @Context SecurityContext who) {
        return chemicals.list(
                uri, SignedIn.of(who), "t.name", "t.cas_number", "t.formula", "t.description");
    }

    @POST
    public Response create(byte[] body, @Context SecurityContext who) {
        return chemicals.create(body, SignedIn.of(who));
    }

    @GET
    @Path("{id}")
    public Response get(@PathParam("id") String id, @Context SecurityContext who) {
        return chemicals.get(id, SignedIn.of(who));
    }

    @PUT
    @Path("{id}")
    public Response update(@PathParam("id") String id, byte[] body, @Context SecurityContext who) {
        return chemicals.update(id, body, SignedIn.of(who));
    }

    @DELETE
    @Path("{id}")
    public Response delete(@PathParam("id") String id, @Context SecurityContext who) {
        return chemicals.delete(id, SignedIn.of(who));
    }

    @GET
    @Path("audit-logs")
    public Response auditLogs(@Context UriInfo uri, @Context SecurityContext who) {
        return chemicals.auditLogs(uri, SignedIn.of(who));
    }

    @GET
    @Path("{id}/audit-logs")
    public Response auditLogsOf(
            @PathParam("id") String id, @Context UriInfo uri, @Context SecurityContext who) {
        return chemicals.auditLogsOf(id, uri, SignedIn.of(who));
    }
}
