package org.freelims.sync.server.tyrus;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A client's request to open a WebSocket, after the server has found it well-formed and its origin
 * allowed. Immutable.
 *
 * @param path the decoded path, without the query
 * @param query the query's parameters, decoded; the first of those with the same name
 * @param headers by their name in lower case; several lines of one name are joined by a comma
 * @param subprotocols what the client offers, in its order of preference
 * @param remoteAddress the peer's IP address
 * @param secure whether it came over TLS
 */
public record Handshake(
        String path,
        Map<String, String> query,
        Map<String, String> headers,
        List<String> subprotocols,
        String remoteAddress,
        boolean secure) {
    public Handshake {
        requireNonNull(path, "path");
        requireNonNull(remoteAddress, "remoteAddress");
        query = Map.copyOf(query);
        headers = Map.copyOf(headers);
        subprotocols = List.copyOf(subprotocols);
    }

    /** Returns the value of a header, whatever the case of its name. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    /** Returns the decoded value of a query parameter. */
    public Optional<String> parameter(String name) {
        return Optional.ofNullable(query.get(name));
    }

    /** Returns the token of {@code Authorization: Bearer}. */
    public Optional<String> bearerToken() {
        return header("authorization")
                .filter(value -> value.regionMatches(true, 0, "Bearer ", 0, 7))
                .map(value -> value.substring(7).strip())
                .filter(token -> !token.isEmpty());
    }

    /** Names neither query nor headers: they hold tokens. */
    @Override
    public String toString() {
        return "Handshake[" + path + " from " + remoteAddress + "]";
    }
}
