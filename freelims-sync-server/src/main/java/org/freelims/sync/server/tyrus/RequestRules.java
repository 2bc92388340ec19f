package org.freelims.sync.server.tyrus;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.glassfish.grizzly.http.HttpRequestPacket;
import org.glassfish.grizzly.http.Protocol;
import org.glassfish.grizzly.http.util.DataChunk;
import org.glassfish.grizzly.http.util.MimeHeaders;

/**
 * What RFC 9110 and 9112 ask of any request, and what stands behind this port takes for granted: an
 * address and a host that read; and how a request is read. Stateless.
 */
final class RequestRules {
    /** RFC 3986, section 3.3. */
    private static final BitSet OF_PATH = letters("-._~!$&'()*+,;=:@/");

    /** RFC 3986, section 3.4, and what browsers leave as it is. */
    private static final BitSet OF_QUERY = letters("-._~!$&'()*+,;=:@/?|^`{}[]");

    private static final Pattern DOTS =
            Pattern.compile("/(?:\\.|%2e)+(?:/|$)", Pattern.CASE_INSENSITIVE);

    /** Grizzly serves none. */
    private static final Pattern ENCODED_SEPARATOR =
            Pattern.compile("%2f|%5c", Pattern.CASE_INSENSITIVE);

    /** RFC 9110, section 5.6.2: a header's name. */
    private static final BitSet OF_TOKEN = letters("!#$%&'*+-.^_`|~");

    private static final int LAST_PORT = 65_535;

    private RequestRules() {}

    /** Returns why the request can't be served, if so. */
    static Optional<Refusal> refusal(HttpRequestPacket request) {
        String path = request.getRequestURI();
        if (!path.startsWith("/") || !isEncoded(path, OF_PATH) || !isText(path)) {
            return refuse("The path is not percent-encoded as it should be.");
        }
        if (DOTS.matcher(path).find()) {
            return refuse(
                    "The path must not contain the segments '.' and '..', nor others of dots"
                            + " only.");
        }
        if (ENCODED_SEPARATOR.matcher(path).find()) {
            return refuse("The path must not contain an encoded slash or backslash.");
        }
        String query = request.getQueryString();
        if (query != null && !isEncoded(query, OF_QUERY)) {
            return refuse("The query is not percent-encoded as it should be.");
        }
        return headers(request);
    }

    private static Optional<Refusal> headers(HttpRequestPacket request) {
        List<String> hosts = values(request, "Host");
        if (hosts.size() > 1 || (hosts.isEmpty() && request.getProtocol() == Protocol.HTTP_1_1)) {
            return refuse("The header Host must be there once.");
        }
        String host = request.getHeader("Host"); // with the white space that Jersey will see
        if (host != null && !isHost(host)) {
            return refuse("The header Host is not a name and a port.");
        }
        MimeHeaders headers = request.getHeaders();
        for (int i = 0; i < headers.size(); i++) {
            String name = headers.getName(i).toString();
            if (name.isEmpty() || !name.chars().allMatch(OF_TOKEN::get)) {
                return refuse("A header's name is not followed by its colon at once.");
            }
            String value = headers.getValue(i).toString();
            if (value.chars().anyMatch(c -> (c < ' ' && c != '\t') || c == 0x7F)) {
                return refuse("A header holds control characters.");
            }
        }
        return length(request);
    }

    /**
     * Where the body ends must be beyond doubt: a proxy that saw another end than this server would
     * take the rest for a request of somebody else's (RFC 9112, section 11.2).
     */
    private static Optional<Refusal> length(HttpRequestPacket request) {
        int lengths = values(request, "Content-Length").size();
        if (lengths > 1) {
            return refuse("The header Content-Length must not be there twice.");
        }
        List<String> codings = values(request, "Transfer-Encoding");
        if (codings.isEmpty()) {
            return Optional.empty();
        }
        if (request.getProtocol() != Protocol.HTTP_1_1) {
            return refuse("The header Transfer-Encoding must not be there in HTTP/1.0.");
        }
        return codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked")
                ? Optional.empty()
                : Optional.of(
                        Refusal.of(501, "The only Transfer-Encoding that is known is chunked."));
    }

    /**
     * Returns what the request says.
     *
     * @throws IllegalArgumentException if the query is not percent-encoded as it should be
     */
    static HttpRequest read(HttpRequestPacket request, String remoteAddress) {
        Map<String, String> headers = new HashMap<>();
        for (String name : request.getHeaders().names()) {
            headers.put(name.toLowerCase(Locale.ROOT), String.join(",", values(request, name)));
        }
        return new HttpRequest(
                request.getMethod().getMethodString(),
                request.getRequestURI(),
                query(Optional.ofNullable(request.getQueryString()).orElse("")),
                headers,
                remoteAddress,
                request.isSecure());
    }

    private static Map<String, String> query(String text) {
        Map<String, String> parameters = new HashMap<>();
        for (String part : text.split("&")) {
            int equals = part.indexOf('=');
            String name = equals < 0 ? part : part.substring(0, equals);
            String value = equals < 0 ? "" : part.substring(equals + 1);
            if (!name.isEmpty()) {
                parameters.putIfAbsent(
                        URLDecoder.decode(name, StandardCharsets.UTF_8),
                        URLDecoder.decode(value, StandardCharsets.UTF_8));
            }
        }
        return parameters;
    }

    /** Returns the values of a header, one for each line of it. */
    static List<String> values(HttpRequestPacket request, String name) {
        List<String> values = new ArrayList<>(1);
        request.getHeaders().values(name).forEach(value -> values.add(value.strip()));
        return values;
    }

    private static BitSet letters(String others) {
        BitSet all = new BitSet(128);
        all.set('a', 'z' + 1);
        all.set('A', 'Z' + 1);
        all.set('0', '9' + 1);
        others.chars().forEach(all::set);
        return all;
    }

    private static boolean isEncoded(String text, BitSet asTheyAre) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '%') {
                if (i + 2 >= text.length()
                        || !HexFormat.isHexDigit(text.charAt(i + 1))
                        || !HexFormat.isHexDigit(text.charAt(i + 2))) {
                    return false;
                }
                i += 2;
            } else if (!asTheyAre.get(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether the path, once decoded, is UTF-8 without control characters. */
    private static boolean isText(String path) {
        if (path.indexOf('%') < 0) {
            return true;
        }
        Utf8Check utf8 = new Utf8Check();
        for (int i = 0; i < path.length(); i++) {
            int b = path.charAt(i);
            if (b == '%') {
                b = HexFormat.fromHexDigits(path, i + 1, i + 3);
                i += 2;
            }
            if (b < ' ' || b == 0x7F || !utf8.accepts(b)) {
                return false;
            }
        }
        return utf8.complete();
    }

    /** As Java's URI reads it: Jersey makes one of it for each request. */
    private static boolean isHost(String host) {
        try {
            URI uri = new URI("http://" + host).parseServerAuthority();
            return host.equals(uri.getRawAuthority())
                    && uri.getRawUserInfo() == null
                    && uri.getPort() <= LAST_PORT;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** Returns whether this is a version of HTTP that Grizzly can name. */
    static boolean isProtocol(DataChunk protocol) {
        return protocol.equals("HTTP/1.1") || protocol.equals("HTTP/1.0");
    }

    private static Optional<Refusal> refuse(String detail) {
        return Optional.of(Refusal.of(400, detail));
    }
}
