package org.freelims.sync.server.security;

import jakarta.ws.rs.container.ContainerRequestContext;

/** Where a request comes from, as the HTTP server that takes it says. */
public final class RemoteAddress {
    /** The request property that holds the IP address as text. */
    public static final String PROPERTY = "org.freelims.sync.remote-address";

    private RemoteAddress() {}

    /** Returns the peer's IP address; empty text if the server around did not say. */
    public static String of(ContainerRequestContext request) {
        return request.getProperty(PROPERTY) instanceof String address ? address : "";
    }
}
