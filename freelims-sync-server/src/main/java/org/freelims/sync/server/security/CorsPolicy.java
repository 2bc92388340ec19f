package org.freelims.sync.server.security;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which web pages may use this server: the origins allowed besides its own, as browsers ask by CORS
 * (Fetch standard, section 3.2). Credentials, all methods and all request headers are allowed to an
 * allowed origin. It knows no HTTP library, so REST, long polling and the WebSocket handshake can
 * all ask the same policy. Immutable.
 *
 * <p>A page that this server itself delivered is allowed if it was asked for by IP address, as
 * {@code localhost} or by one of the {@link #servedAs names} that the server is known by. Any other
 * name that leads here may have been made to by an attacker (DNS rebinding).
 */
public final class CorsPolicy {
    private static final String ANY = "*";
    private static final String METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";
    private static final String MAX_AGE_SECONDS = "600";

    private static final Pattern ADDRESS_OR_LOCALHOST =
            Pattern.compile("([a-z0-9-]+\\.)?localhost|\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+\\]");

    private final boolean any;
    private final Set<Origin> origins;
    private final Set<String> names;

    private CorsPolicy(boolean any, Set<Origin> origins, Set<String> names) {
        this.any = any;
        this.origins = origins;
        this.names = names;
    }

    /**
     * Allows pages of these origins ({@code http://localhost:3000}); {@code *} is any.
     *
     * @throws IllegalArgumentException if one is not an origin: scheme, host and port, no path
     */
    public static CorsPolicy allowing(Collection<String> origins) {
        return new CorsPolicy(
                origins.stream().anyMatch(CorsPolicy::isAny),
                origins.stream()
                        .filter(origin -> !isAny(origin))
                        .map(CorsPolicy::requireOrigin)
                        .collect(Collectors.toUnmodifiableSet()),
                Set.of());
    }

    /** Allows the server's own pages only. */
    public static CorsPolicy sameOriginOnly() {
        return new CorsPolicy(false, Set.of(), Set.of());
    }

    /**
     * Returns this policy for a server that is also known by these host names.
     *
     * @param hostNames such as {@code lims.example.org}, without a port
     * @throws IllegalArgumentException if one is not a host name
     */
    public CorsPolicy servedAs(Collection<String> hostNames) {
        return new CorsPolicy(
                any,
                origins,
                hostNames.stream()
                        .map(CorsPolicy::requireName)
                        .collect(Collectors.toUnmodifiableSet()));
    }

    private static String requireName(String configured) {
        return hostOf(configured)
                .filter(host -> host.equals(configured.strip().toLowerCase(Locale.ROOT)))
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "Not a host name: '"
                                                + configured
                                                + "'. Write the name alone, without scheme and"
                                                + " port, for example lims.example.org"));
    }

    private static boolean isAny(String configured) {
        return configured.strip().equals(ANY);
    }

    private static Origin requireOrigin(String configured) {
        return Origin.of(configured)
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "Not an origin: '"
                                                + configured
                                                + "'. Write scheme, host and port and nothing"
                                                + " after them, for example"
                                                + " http://localhost:3000"));
    }

    /** Whether pages of {@code origin}, as in an {@code Origin} header, may use this server. */
    public boolean allows(String origin) {
        return Origin.of(origin).filter(from -> any || origins.contains(from)).isPresent();
    }

    /**
     * Whether a handshake (WebSocket or long polling) may go on: a program that sends no {@code
     * Origin}, a page of this very server, or a page of an allowed origin.
     *
     * @param host the request's {@code Host} header
     */
    public boolean allowsHandshake(Optional<String> origin, Optional<String> host) {
        return origin.isEmpty()
                || allows(origin.get())
                || host.filter(asked -> isOwnPage(origin.get(), asked)).isPresent();
    }

    private boolean isOwnPage(String origin, String host) {
        return isOwnName(host)
                && Origin.of(origin)
                        .filter(
                                from ->
                                        Origin.of("http://" + host).equals(Optional.of(from))
                                                || Origin.of("https://" + host)
                                                        .equals(Optional.of(from)))
                        .isPresent();
    }

    private boolean isOwnName(String host) {
        return hostOf(host)
                .filter(
                        name ->
                                names.contains(name)
                                        || ADDRESS_OR_LOCALHOST.matcher(name).matches())
                .isPresent();
    }

    /**
     * Whether a request's {@code Host} header names this server: an IP address, {@code localhost},
     * a name that it is {@link #servedAs served as} or the host of an allowed origin. Where
     * somebody unknown may watch, requests for other hosts must be refused: a browser that was led
     * here by a foreign name thinks the answer that foreign page's own.
     */
    public boolean knowsHost(String host) {
        return any
                || isOwnName(host)
                || hostOf(host)
                        .filter(
                                name ->
                                        origins.stream()
                                                .anyMatch(origin -> name.equals(origin.host())))
                        .isPresent();
    }

    /** Headers for any answer, an error too, to a request with this {@code Origin}, if any. */
    public Map<String, String> headers(Optional<String> origin) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Vary", "Origin");
        origin.filter(this::allows)
                .ifPresent(
                        o -> {
                            headers.put("Access-Control-Allow-Origin", o.strip());
                            headers.put("Access-Control-Allow-Credentials", "true");
                            headers.put("Access-Control-Expose-Headers", "Retry-After");
                        });
        return headers;
    }

    /** Whether a request with these is a preflight, to be answered by {@link #preflight}. */
    public static boolean isPreflight(
            String method, Optional<String> origin, Optional<String> requestedMethod) {
        return method.equalsIgnoreCase("OPTIONS")
                && origin.isPresent()
                && requestedMethod.isPresent();
    }

    /**
     * Answers a preflight.
     *
     * @param requestedHeaders the {@code Access-Control-Request-Headers}, allowed as they are
     */
    public Preflight preflight(String origin, Optional<String> requestedHeaders) {
        Map<String, String> headers = headers(Optional.of(origin));
        headers.put(
                "Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
        if (!allows(origin)) {
            return new Preflight(400, headers, "Disallowed CORS origin");
        }
        headers.put("Access-Control-Allow-Methods", METHODS);
        headers.put("Access-Control-Max-Age", MAX_AGE_SECONDS);
        requestedHeaders
                .filter(CorsPolicy::isHeaderList)
                .ifPresent(h -> headers.put("Access-Control-Allow-Headers", h));
        return new Preflight(200, headers, "OK");
    }

    /** The complete answer to a preflight; {@code body} is plain text. */
    public record Preflight(int status, Map<String, String> headers, String body) {
        public Preflight {
            headers = Map.copyOf(headers);
        }
    }

    /* What is echoed must be header names: no line break may pass. */
    private static boolean isHeaderList(String text) {
        return text.length() <= 4096
                && text.chars()
                        .allMatch(
                                c ->
                                        (Character.isLetterOrDigit(c) && c < 128)
                                                || "!#$%&'*+-.^_`|~, ".indexOf(c) >= 0);
    }

    private static Optional<String> hostOf(String hostAndPort) {
        return Origin.of("http://" + hostAndPort.strip()).map(Origin::host);
    }

    @Override
    public String toString() {
        return "CorsPolicy" + (any ? ANY : origins);
    }
}
