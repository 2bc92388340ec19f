package org.freelims.sync.server.tyrus;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Which web pages may use the server from a browser. A browser says with {@code Origin} whose page
 * asks; a client that says nothing is no browser and is allowed, since it could say anything.
 * Immutable.
 *
 * <p>A page that this server itself delivered is allowed, if it was asked for by IP address or as
 * {@code localhost}: another name that leads here may have been made to by an attacker (DNS
 * rebinding), so a named host's own pages must be listed too.
 */
public final class Origins {
    private static final Pattern SAFE_HOST =
            Pattern.compile("(localhost|\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+\\])(:\\d{1,5})?");

    private final boolean all;
    private final Set<String> allowed;

    private Origins(boolean all, Set<String> allowed) {
        this.all = all;
        this.allowed = allowed;
    }

    /** Returns the origins that allow only the server's own pages. */
    public static Origins own() {
        return new Origins(false, Set.of());
    }

    /** Returns the origins that allow any web page to use the server with what its user may do. */
    public static Origins all() {
        return new Origins(true, Set.of());
    }

    /**
     * Returns the origins that allow these, beside the server's own pages.
     *
     * @param origins such as {@code https://lims.example.org} or {@code http://localhost:3000}
     * @throws IllegalArgumentException if one is not scheme, host and at most a port
     */
    public static Origins of(Collection<String> origins) {
        Set<String> canonical = new TreeSet<>();
        for (String origin : origins) {
            canonical.add(
                    canonical(origin)
                            .orElseThrow(
                                    () ->
                                            new IllegalArgumentException(
                                                    "'"
                                                            + origin
                                                            + "' is not an origin: write scheme,"
                                                            + " host and port, such as"
                                                            + " https://lims.example.org or"
                                                            + " http://localhost:3000")));
        }
        return new Origins(false, canonical);
    }

    /**
     * Returns whether a request may be served.
     *
     * @param origin the {@code Origin} header, if there is one
     * @param host the {@code Host} header, or empty text
     * @param secure whether the request came over TLS
     */
    public boolean allows(Optional<String> origin, String host, boolean secure) {
        if (all || origin.isEmpty()) {
            return true;
        }
        Optional<String> from = canonical(origin.get());
        if (from.isEmpty()) {
            return false;
        }
        String asked = host.toLowerCase(Locale.ROOT);
        return allowed.contains(from.get())
                || (SAFE_HOST.matcher(asked).matches()
                        && canonical((secure ? "https://" : "http://") + asked).equals(from));
    }

    private static Optional<String> canonical(String origin) {
        try {
            URI uri = new URI(origin.strip().toLowerCase(Locale.ROOT));
            boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            boolean bare =
                    uri.getRawPath().isEmpty()
                            && uri.getRawQuery() == null
                            && uri.getRawFragment() == null
                            && uri.getRawUserInfo() == null;
            if (!web || !bare || uri.getHost() == null) {
                return Optional.empty();
            }
            int standard = uri.getScheme().equals("https") ? 443 : 80;
            int port = uri.getPort() == -1 ? standard : uri.getPort();
            return Optional.of(uri.getScheme() + "://" + uri.getHost() + ":" + port);
        } catch (URISyntaxException e) {
            return Optional.empty(); // what is no address is no origin that could be allowed
        }
    }
}
