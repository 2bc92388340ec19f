package org.freelims.sync.server.tyrus;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.glassfish.grizzly.http.util.HttpStatus;

/**
 * A complete answer to a handshake that opens no WebSocket. The server adds {@code Content-Length}
 * and {@code Connection: close}, sends it, and closes. Immutable.
 *
 * @param status the HTTP status, 400 to 599
 * @param contentType the type of the body
 * @param body the body's text
 * @param headers further headers, such as {@code WWW-Authenticate}
 */
public record Refusal(int status, String contentType, String body, Map<String, String> headers) {
    public Refusal {
        requireNonNull(contentType, "contentType");
        requireNonNull(body, "body");
        headers = Map.copyOf(headers);
        headers.forEach(
                (name, value) -> {
                    if ((name + value).chars().anyMatch(c -> c < ' ' || c > '~')) {
                        throw new IllegalArgumentException("a header is printable ASCII");
                    }
                });
        if (status < 400 || status > 599) {
            throw new IllegalArgumentException("status must be 400 to 599 but was " + status);
        }
    }

    /** Returns a refusal with the body {@code {"detail": ...}}. */
    public static Refusal of(int status, String detail) {
        return of(status, detail, Map.of());
    }

    /** Returns a refusal with the body {@code {"detail": ...}} and further headers. */
    public static Refusal of(int status, String detail, Map<String, String> headers) {
        return new Refusal(
                status,
                "application/json",
                "{\"detail\":\""
                        + new String(JsonStringEncoder.getInstance().quoteAsString(detail))
                        + "\"}",
                headers);
    }

    /** Returns the whole response as HTTP/1.1 puts it on the wire. */
    byte[] response() {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder();
        head.append("HTTP/1.1 ").append(status).append(' ');
        head.append(HttpStatus.getHttpStatus(status).getReasonPhrase()).append("\r\n");
        headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        head.append("Content-Type: ").append(contentType).append("\r\n");
        head.append("Content-Length: ").append(content.length).append("\r\n");
        head.append("Cache-Control: no-store\r\nConnection: close\r\n\r\n");
        byte[] start = head.toString().getBytes(StandardCharsets.US_ASCII);
        byte[] whole = Arrays.copyOf(start, start.length + content.length);
        System.arraycopy(content, 0, whole, start.length, content.length);
        return whole;
    }
}
