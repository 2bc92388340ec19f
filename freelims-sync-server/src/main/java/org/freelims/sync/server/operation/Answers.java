package org.freelims.sync.server.operation;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.glassfish.grizzly.http.server.Response;

/** Writes answers that nobody may keep. */
public final class Answers {
    private Answers() {}

    /** Answers with JSON. */
    public static void json(Response response, int status, JsonNode body) throws IOException {
        text(response, status, "application/json", body.toString());
    }

    /** Answers with text of a type. */
    public static void text(Response response, int status, String type, String body)
            throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        response.setStatus(status);
        response.setContentType(type);
        response.setContentLength(bytes.length);
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.getOutputStream().write(bytes);
    }
}
