package org.freelims.sync.server.tyrus;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.glassfish.grizzly.http.util.FastHttpDateFormat;
import org.glassfish.grizzly.http.util.HttpStatus;

/**
 * A complete answer to an HTTP request. The server adds {@code Date}, {@code Content-Length},
 * {@code Cache-Control: no-store} and what it has to say of the connection. Not modified once made.
 *
 * @param status the HTTP status, 200 to 599
 * @param contentType the type of the body
 * @param body the body, which is not copied
 * @param headers further headers, such as {@code WWW-Authenticate}
 */
@SuppressWarnings("ArrayRecordComponent") // the body is written as it is, and never compared
public record HttpAnswer(int status, String contentType, byte[] body, Map<String, String> headers) {
    public HttpAnswer {
        requireNonNull(contentType, "contentType");
        requireNonNull(body, "body");
        headers = Map.copyOf(headers);
        requirePrintable(headers);
        if (status < 200 || status > 599) {
            throw new IllegalArgumentException("status must be 200 to 599 but was " + status);
        }
    }

    static void requirePrintable(Map<String, String> headers) {
        headers.forEach(
                (name, value) -> {
                    if ((name + value).chars().anyMatch(c -> c < ' ' || c > '~')) {
                        throw new IllegalArgumentException("a header is printable ASCII");
                    }
                });
    }

    /**
     * Returns the answer as HTTP/1.1 puts it on the wire.
     *
     * @param last whether the connection ends with it
     * @param withBody whether the body is sent, not only its length told: false for HEAD
     */
    byte[] bytes(boolean last, boolean withBody) {
        StringBuilder head = new StringBuilder(256);
        head.append("HTTP/1.1 ").append(status).append(' ');
        head.append(HttpStatus.getHttpStatus(status).getReasonPhrase()).append("\r\n");
        head.append("Date: ").append(FastHttpDateFormat.getCurrentDate()).append("\r\n");
        headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        head.append("Content-Type: ").append(contentType).append("\r\n");
        head.append("Content-Length: ").append(body.length).append("\r\n");
        head.append("Cache-Control: no-store\r\n");
        head.append(last ? "Connection: close\r\n\r\n" : "\r\n");
        byte[] start = head.toString().getBytes(StandardCharsets.US_ASCII);
        if (!withBody) {
            return start;
        }
        byte[] whole = Arrays.copyOf(start, start.length + body.length);
        System.arraycopy(body, 0, whole, start.length, body.length);
        return whole;
    }
}
