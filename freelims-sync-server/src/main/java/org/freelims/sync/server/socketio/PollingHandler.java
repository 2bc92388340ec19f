package org.freelims.sync.server.socketio;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.freelims.sync.server.security.CorsPolicy;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;

/**
 * The HTTP side of Engine.IO: each request is suspended at once and answered when there is
 * something to say, so that no thread waits with it. Thread-safe.
 */
final class PollingHandler extends HttpHandler {
    private final EngineServer server;
    private final CorsPolicy cors;

    PollingHandler(EngineServer server, CorsPolicy cors) {
        this.server = requireNonNull(server, "server");
        this.cors = requireNonNull(cors, "cors");
    }

    @Override
    public void service(Request request, Response response) {
        Optional<String> origin = header(request, "Origin");
        if (CorsPolicy.isPreflight(
                request.getMethod().getMethodString(),
                origin,
                header(request, "Access-Control-Request-Method"))) {
            preflight(request, response, origin.orElseThrow());
            return;
        }
        PollingExchange exchange = new PollingExchange(request, response, cors.headers(origin));
        response.suspend(-1, TimeUnit.MILLISECONDS, exchange.whenBroken());
        if (cors.allowsHandshake(origin, header(request, "Host"))) {
            server.serve(exchange);
        } else {
            exchange.refuse(EngineError.FORBIDDEN);
        }
    }

    private void preflight(Request request, Response response, String origin) {
        CorsPolicy.Preflight answer =
                cors.preflight(origin, header(request, "Access-Control-Request-Headers"));
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        response.suspend();
        PollingExchange.write(response, answer.status(), "text/plain", body, answer.headers());
        response.resume();
    }

    private static Optional<String> header(Request request, String name) {
        return Optional.ofNullable(request.getHeader(name));
    }
}
