package org.freelims.sync.server.tyrus;

import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import java.util.Objects;
import org.freelims.sync.server.security.RemoteAddress;
import org.glassfish.grizzly.http.server.Request;

/** Tells resources, which know no HTTP server, where a request comes from. Thread-safe. */
@PreMatching
final class RemoteAddressFilter implements ContainerRequestFilter {
    private final Provider<Request> request;

    @Inject
    RemoteAddressFilter(Provider<Request> request) {
        this.request = request;
    }

    @Override
    public void filter(ContainerRequestContext context) {
        context.setProperty(
                RemoteAddress.PROPERTY, Objects.toString(request.get().getRemoteAddr(), ""));
    }
}
