package org.freelims.sync.server.tyrus;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.freelims.sync.server.security.CorsPolicy;
import org.glassfish.grizzly.http.HttpRequestPacket;
import org.glassfish.grizzly.http.Method;
import org.glassfish.grizzly.http.Protocol;

/** What RFC 6455, section 4.2.1, asks of a handshake, and the origin. Thread-safe. */
final class HandshakeRules {
    private final CorsPolicy cors;
    private final boolean knownHostsOnly;

    HandshakeRules(CorsPolicy cors, boolean knownHostsOnly) {
        this.cors = cors;
        this.knownHostsOnly = knownHostsOnly;
    }

    /**
     * Returns why the host that the request, any request, asks for is none of ours, if so. HTTP/1.0
     * may name none; browsers always do.
     */
    Optional<Refusal> strangeHost(HttpRequestPacket request) {
        String host = Optional.ofNullable(request.getHeader("Host")).orElse("");
        return !knownHostsOnly || host.isEmpty() || cors.knowsHost(host)
                ? Optional.empty()
                : refuse(
                        421,
                        "This server is not known by the name that it was asked for. Use its IP"
                                + " address, or add the name with --server-name.");
    }

    /** Returns whether the request asks to become a WebSocket, rightly or wrongly. */
    static boolean asksForWebSocket(HttpRequestPacket request) {
        return tokens(request, "Upgrade").contains("websocket");
    }

    /** Returns why the request can't become a WebSocket, if so. */
    Optional<Refusal> refusal(HttpRequestPacket request) {
        if (request.getMethod() != Method.GET) {
            return refuse(405, "A WebSocket handshake is a GET request.", Map.of("Allow", "GET"));
        }
        if (request.getProtocol() != Protocol.HTTP_1_1) {
            return refuse(400, "A WebSocket handshake is an HTTP/1.1 request.");
        }
        if (!tokens(request, "Connection").contains("upgrade")) {
            return refuse(
                    400,
                    "The header 'Connection: Upgrade' is missing. A proxy on the way may have"
                            + " removed it: let it pass WebSockets.");
        }
        if (request.getContentLength() > 0 || request.isChunked()) {
            return refuse(400, "A WebSocket handshake has no body.");
        }
        List<String> versions = RequestRules.values(request, "Sec-WebSocket-Version");
        if (versions.isEmpty()) {
            return refuse(400, "The header Sec-WebSocket-Version is missing.");
        }
        if (!versions.equals(List.of("13"))) {
            return refuse(
                    426,
                    "The server speaks version 13 of the WebSocket protocol only.",
                    Map.of("Sec-WebSocket-Version", "13", "Upgrade", "websocket"));
        }
        List<String> keys = RequestRules.values(request, "Sec-WebSocket-Key");
        if (keys.size() != 1 || !isKey(keys.get(0))) {
            return refuse(
                    400, "The header Sec-WebSocket-Key must be there once, 16 bytes in Base64.");
        }
        List<String> from = RequestRules.values(request, "Origin");
        Optional<String> host = Optional.ofNullable(request.getHeader("Host"));
        if (from.size() > 1 || !cors.allowsHandshake(from.stream().findFirst(), host)) {
            return refuse(
                    403,
                    "Pages of this origin may not connect. Add it to the allowed origins if they"
                            + " should.");
        }
        return Optional.empty();
    }

    /**
     * Returns what the request says.
     *
     * @throws IllegalArgumentException if the query is not percent-encoded as it should be
     */
    static Handshake handshake(HttpRequestPacket request, String remoteAddress) {
        List<String> offered = new ArrayList<>();
        for (String line : RequestRules.values(request, "Sec-WebSocket-Protocol")) {
            for (String name : line.split(",")) {
                if (!name.isBlank()) {
                    offered.add(name.strip());
                }
            }
        }
        return new Handshake(RequestRules.read(request, remoteAddress), offered);
    }

    static List<String> tokens(HttpRequestPacket request, String name) {
        List<String> tokens = new ArrayList<>();
        for (String line : RequestRules.values(request, name)) {
            for (String token : line.split(",")) {
                tokens.add(token.strip().toLowerCase(Locale.ROOT));
            }
        }
        return tokens;
    }

    private static boolean isKey(String key) {
        try {
            return key.length() == 24 && Base64.getDecoder().decode(key).length == 16;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Optional<Refusal> refuse(int status, String detail) {
        return refuse(status, detail, Map.of());
    }

    private static Optional<Refusal> refuse(
            int status, String detail, Map<String, String> headers) {
        return Optional.of(Refusal.of(status, detail, headers));
    }
}
