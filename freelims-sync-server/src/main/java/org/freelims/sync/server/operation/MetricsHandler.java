package org.freelims.sync.server.operation;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import org.glassfish.grizzly.http.Method;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;

/**
 * {@code /metrics}, as Prometheus reads it, for who shows the metrics token or is an administrator.
 * Thread-safe.
 */
final class MetricsHandler extends HttpHandler {
    private static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry;
    private final AdminDoor door;
    private final Optional<byte[]> metricsToken;

    MetricsHandler(PrometheusMeterRegistry registry, AdminDoor door, Optional<String> token) {
        super("metrics");
        this.registry = registry;
        this.door = door;
        this.metricsToken = token.map(MetricsHandler::bytes);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void service(Request request, Response response) throws Exception {
        if (request.getMethod() != Method.GET && request.getMethod() != Method.HEAD) {
            response.setHeader("Allow", "GET, HEAD");
            response.sendError(405);
            return;
        }
        if (showsMetricsToken(request) || door.admit(request, response).isPresent()) {
            Answers.text(response, 200, CONTENT_TYPE, registry.scrape());
        }
    }

    private boolean showsMetricsToken(Request request) {
        Optional<byte[]> shown = AdminDoor.token(request).map(MetricsHandler::bytes);
        return metricsToken.isPresent()
                && shown.isPresent()
                && MessageDigest.isEqual(metricsToken.get(), shown.get());
    }
}
