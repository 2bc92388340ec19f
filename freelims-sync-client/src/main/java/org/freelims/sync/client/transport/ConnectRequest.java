package org.freelims.sync.client.transport;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/**
 * Where to connect. Immutable.
 *
 * @param uri {@code ws://} or {@code wss://}, with the path of the sync endpoint
 * @param headers to add to the handshake, such as {@code Authorization}
 * @param timeout for all of it: name, TCP, TLS, handshake
 */
public record ConnectRequest(URI uri, Map<String, String> headers, Duration timeout) {
    /** The path of a sync server, used where an address has none. */
    public static final String DEFAULT_PATH = "/sync";

    public ConnectRequest {
        requireNonNull(uri, "uri");
        headers = Map.copyOf(headers);
        if (requireNonNull(timeout, "timeout").isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout must be > 0 but was " + timeout);
        }
    }

    /**
     * Returns the WebSocket address that somebody means who writes {@code address}: {@code http}
     * becomes {@code ws}, {@code https} becomes {@code wss}, and {@value #DEFAULT_PATH} follows if
     * there is no path.
     *
     * @throws IllegalArgumentException if it has no host or another scheme
     */
    public static URI endpoint(URI address) {
        String scheme = address.getScheme() == null ? "" : address.getScheme();
        String socket =
                switch (scheme.toLowerCase(Locale.ROOT)) {
                    case "ws", "http" -> "ws";
                    case "wss", "https" -> "wss";
                    default -> "";
                };
        if (socket.isEmpty() || address.getHost() == null) {
            throw new IllegalArgumentException(
                    "'"
                            + address
                            + "' is no address of a sync server. Write it like"
                            + " ws://localhost:8001/sync or wss://lims.example.org/sync");
        }
        String path = address.getRawPath();
        String query = address.getRawQuery();
        return URI.create(
                socket
                        + "://"
                        + address.getRawAuthority()
                        + (path == null || path.isEmpty() || path.equals("/") ? DEFAULT_PATH : path)
                        + (query == null ? "" : "?" + query));
    }

    /** Leaves the headers' values out: they hold tokens. */
    @Override
    public String toString() {
        return "ConnectRequest[" + uri + ", headers " + headers.keySet() + ", " + timeout + "]";
    }
}
