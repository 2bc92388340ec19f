package org.freelims.sync.server.lims;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Collection;

/** The answers of the API: JSON text as it is, whatever the client says it accepts. */
final class Answers {
    private Answers() {}

    static Response ok(String json) {
        return json(200, json).build();
    }

    static Response created(String json) {
        return json(201, json).build();
    }

    static Response noContent() {
        return Response.noContent().build();
    }

    static Response.ResponseBuilder detail(int status, String detail) {
        return json(status, JsonNodeFactory.instance.objectNode().put("detail", detail).toString());
    }

    static Response.ResponseBuilder invalid(Collection<Problem> problems) {
        var body = JsonNodeFactory.instance.objectNode();
        var list = body.putArray("detail");
        problems.forEach(problem -> list.add(problem.toJson()));
        return json(422, body.toString());
    }

    private static Response.ResponseBuilder json(int status, String json) {
        return Response.status(status).type(MediaType.APPLICATION_JSON_TYPE).entity(json);
    }
}
