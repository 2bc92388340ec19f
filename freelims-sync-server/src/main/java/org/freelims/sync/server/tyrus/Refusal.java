package org.freelims.sync.server.tyrus;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

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
        HttpAnswer.requirePrintable(headers);
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

    /** Returns it as an answer. */
    HttpAnswer answer() {
        return new HttpAnswer(status, contentType, body.getBytes(StandardCharsets.UTF_8), headers);
    }
}
