package org.freelims.sync.server.tyrus;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * A client's request to open a WebSocket, after the server has found it well-formed and its origin
 * allowed. Immutable.
 *
 * @param request the request
 * @param subprotocols what the client offers, in its order of preference
 */
public record Handshake(HttpRequest request, List<String> subprotocols) {
    public Handshake {
        requireNonNull(request, "request");
        subprotocols = List.copyOf(subprotocols);
    }
}
