package org.freelims.sync.server.lims;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import org.freelims.sync.server.security.Tickets;

/** Tickets to open a connection with. Thread-safe. */
@Path("ticket")
public final class TicketResource {
    private final Tickets tickets;

    TicketResource(Tickets tickets) {
        this.tickets = tickets;
    }

    @POST
    public Response issue(@Context SecurityContext context) {
        SignedIn who = SignedIn.of(context);
        return Answers.created(
                JsonNodeFactory.instance
                        .objectNode()
                        .put("ticket", tickets.issue(who.account(), who.until()))
                        .put("expires_in", Tickets.LIFETIME.toSeconds())
                        .toString());
    }
}
