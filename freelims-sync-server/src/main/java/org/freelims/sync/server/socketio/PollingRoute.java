package org.freelims.sync.server.socketio;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.freelims.sync.server.security.CorsPolicy;
import org.freelims.sync.server.tyrus.HttpAnswer;
import org.freelims.sync.server.tyrus.HttpExchange;
import org.freelims.sync.server.tyrus.HttpRequest;
import org.freelims.sync.server.tyrus.HttpRoute;

/** The HTTP side of Engine.IO, for pages that the policy allows. Thread-safe. */
final class PollingRoute implements HttpRoute {
    private final EngineServer server;
    private final CorsPolicy cors;

    PollingRoute(EngineServer server, CorsPolicy cors) {
        this.server = requireNonNull(server, "server");
        this.cors = requireNonNull(cors, "cors");
    }

    @Override
    public void serve(HttpRequest request, HttpExchange exchange) {
        Optional<String> origin = request.header("Origin");
        if (CorsPolicy.isPreflight(
                request.method(), origin, request.header("Access-Control-Request-Method"))) {
            preflight(request, exchange, origin.orElseThrow());
            return;
        }
        PollingExchange poll = new PollingExchange(exchange, cors.headers(origin));
        if (cors.allowsHandshake(origin, request.header("Host"))) {
            server.serve(request, poll);
        } else {
            poll.refuse(EngineError.FORBIDDEN);
        }
    }

    private void preflight(HttpRequest request, HttpExchange exchange, String origin) {
        CorsPolicy.Preflight answer =
                cors.preflight(origin, request.header("Access-Control-Request-Headers"));
        exchange.answer(
                new HttpAnswer(
                        answer.status(),
                        "text/plain",
                        answer.body().getBytes(StandardCharsets.UTF_8),
                        answer.headers()),
                () -> {},
                () -> {});
    }
}
