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

/** The places where things are kept, with the trail of their changes. Thread-safe. */
@Path("locations")
public final class LocationsResource {
    private final AuditedRecords locations;

    LocationsResource(LimsDatabase database) {
        this.locations =
                new AuditedRecords(
                        database,
                        Tables.LOCATIONS,
                        AuditTrail.LOCATIONS,
                        "location_id",
                        "location",
                        LocationsResource::release);
    }

    private static void release(Rows rows, int id) {
        if (rows.exists("SELECT 1 FROM inventory_items WHERE location_id = :id", id)) {
            throw RefusedException.badRequest(
                    "Cannot delete location that is associated with inventory items");
        }
        if (rows.exists("SELECT 1 FROM samples WHERE location_id = :id", id)) {
            throw RefusedException.badRequest(
                    "Cannot delete location that is associated with samples");
        }
    }

    @GET
    public Response list(@Context UriInfo uri, @Context SecurityContext who) {
        return locations.list(uri, SignedIn.of(who), "t.name", "t.description");
    }

    @POST
    public Response create(byte[] body, @Context SecurityContext who) {
        return locations.create(body, SignedIn.of(who));
    }

    @GET
    @Path("{id}")
    public Response get(@PathParam("id") String id, @Context SecurityContext who) {
        return locations.get(id, SignedIn.of(who));
    }

    @PUT
    @Path("{id}")
    public Response update(@PathParam("id") String id, byte[] body, @Context SecurityContext who) {
        return locations.update(id, body, SignedIn.of(who));
    }

    @DELETE
    @Path("{id}")
    public Response delete(@PathParam("id") String id, @Context SecurityContext who) {
        return locations.delete(id, SignedIn.of(who));
    }

    @GET
    @Path("audit-logs")
    public Response auditLogs(@Context UriInfo uri, @Context SecurityContext who) {
        return locations.auditLogs(uri, SignedIn.of(who));
    }

    @GET
    @Path("{id}/audit-logs")
    public Response auditLogsOf(
            @PathParam("id") String id, @Context UriInfo uri, @Context SecurityContext who) {
        return locations.auditLogsOf(id, uri, SignedIn.of(who));
    }
}
