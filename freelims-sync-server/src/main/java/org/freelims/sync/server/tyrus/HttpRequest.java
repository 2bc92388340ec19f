package org.freelims.sync.server.tyrus;

import static java.util.Objects.requireNonNull;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a client asks for: a plain HTTP request, or one to open a WebSocket. Immutable.
 *
 * @param method the method, as it was sent
 * @param path the path, without the query, as it was sent
 * @param query the query's parameters, decoded; the first of those with the same name
 * @param headers by their name in lower case; several lines of one name are joined by a comma
 * @param remoteAddress the peer's IP address
 * @param secure whether it came over TLS
 */
public record HttpRequest(
        String method,
        String path,
        Map<String, String> query,
        Map<String, String> headers,
        String remoteAddress,
        boolean secure) {
    private static final String BEARER = "Bearer ";

    public HttpRequest {
        requireNonNull(method, "method");
        requireNonNull(path, "path");
        requireNonNull(remoteAddress, "remoteAddress");
        query = Map.copyOf(query);
        headers = Map.copyOf(headers);
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
                .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                .map(value -> value.substring(BEARER.length()).strip())
                .filter(token -> !token.isEmpty());
    }

    /** Names neither query nor headers: they hold tokens. */
    @Override
    public String toString() {
        return "HttpRequest[" + method + ' ' + path + " from " + remoteAddress + "]";
    }
}
