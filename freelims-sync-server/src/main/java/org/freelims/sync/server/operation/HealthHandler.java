package org.freelims.sync.server.operation;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Supplier;
import org.freelims.sync.server.operation.Health.Check;
import org.glassfish.grizzly.http.Method;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;

/**
 * {@code /health/live} and {@code /health/ready}, for whatever starts servers anew and sends
 * clients to them: 200 if all is well, else 503. Anybody may ask; the answers hold no data.
 * Thread-safe.
 */
final class HealthHandler extends HttpHandler {
    private final Supplier<Health> health;

    HealthHandler(Supplier<Health> health) {
        super("health");
        this.health = health;
    }

    @Override
    public void service(Request request, Response response) throws Exception {
        boolean reads = request.getMethod() == Method.GET || request.getMethod() == Method.HEAD;
        if (!reads) {
            response.setHeader("Allow", "GET, HEAD");
            response.sendError(405);
            return;
        }
        switch (request.getRequestURI()) {
            case "/health/live" -> live(response);
            case "/health/ready" -> ready(response);
            default -> response.sendError(404);
        }
    }

    private void live(Response response) throws Exception {
        boolean live = health.get().live();
        ObjectNode body =
                JsonNodeFactory.instance.objectNode().put("status", live ? "live" : "hung");
        if (!live) {
            body.put("reason", "the hub takes no turns");
        }
        Answers.json(response, live ? 200 : 503, body);
    }

    private void ready(Response response) throws Exception {
        Health found = health.get();
        ObjectNode body =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("status", found.ready() ? "ready" : "not ready");
        ObjectNode checks = body.putObject("checks");
        for (Check check : found.checks()) {
            ObjectNode one = checks.putObject(check.name()).put("up", check.up());
            if (!check.up()) {
                one.put("reason", check.reason());
            }
        }
        Answers.json(response, found.ready() ? 200 : 503, body);
    }
}
