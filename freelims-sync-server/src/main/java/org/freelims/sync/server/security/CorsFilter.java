package org.freelims.sync.server.security;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Optional;

/**
 * Applies a {@link CorsPolicy} to a JAX-RS application, on its errors too. Not needed where the
 * server around it already does. Thread-safe.
 */
@PreMatching
public final class CorsFilter implements ContainerRequestFilter, ContainerResponseFilter {
    private final CorsPolicy policy;

    public CorsFilter(CorsPolicy policy) {
        this.policy = policy;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        Optional<String> origin = header(request, "Origin");
        if (CorsPolicy.isPreflight(
                request.getMethod(), origin, header(request, "Access-Control-Request-Method"))) {
            CorsPolicy.Preflight answer =
                    policy.preflight(
                            origin.orElseThrow(),
                            header(request, "Access-Control-Request-Headers"));
            Response.ResponseBuilder response =
                    Response.status(answer.status())
                            .type(MediaType.TEXT_PLAIN_TYPE)
                            .entity(answer.body());
            answer.headers().forEach(response::header);
            request.abortWith(response.build());
        }
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        policy.headers(header(request, "Origin"))
                .forEach((name, value) -> response.getHeaders().putIfAbsent(name, listOf(value)));
    }

    private static java.util.List<Object> listOf(String value) {
        return new java.util.ArrayList<>(java.util.List.of(value));
    }

    private static Optional<String> header(ContainerRequestContext request, String name) {
        return Optional.ofNullable(request.getHeaderString(name));
    }
}
