package org.freelims.sync.server.security;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a page comes from (RFC 6454), in one spelling: lower case, the port always there.
 * Immutable.
 *
 * @param scheme such as {@code https}
 * @param host a name, an IPv4 address or an IPv6 address in brackets. Names may hold underscores,
 *     as those of container networks do
 * @param port the port, if need be the scheme's own
 */
record Origin(String scheme, String host, int port) {
    private static final int HTTPS = 443;
    private static final int HTTP = 80;
    private static final Pattern FORM =
            Pattern.compile(
                    "([a-z][a-z0-9+.-]*)://([a-z0-9._-]{1,255}|\\[[0-9a-f:.]{2,45}\\])"
                            + "(?::(\\d{1,5})?)?/?");

    /** Returns the origin of this text; empty if it is none, such as {@code null}. */
    static Optional<Origin> of(String text) {
        Matcher parts = FORM.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!parts.matches()) {
            return Optional.empty();
        }
        String scheme = parts.group(1);
        String port = parts.group(3);
        return Optional.of(
                new Origin(
                        scheme,
                        parts.group(2),
                        port != null
                                ? Integer.parseInt(port)
                                : scheme.equals("https") ? HTTPS : HTTP));
    }

    @Override
    public String toString() {
        return scheme + "://" + host + ":" + port;
    }
}
