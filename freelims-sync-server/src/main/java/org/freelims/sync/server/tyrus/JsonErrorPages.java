package org.freelims.sync.server.tyrus;

import org.glassfish.grizzly.http.server.ErrorPageGenerator;
import org.glassfish.grizzly.http.server.Request;
import org.jspecify.annotations.Nullable;

/** Errors that no handler answered, as {@code {"detail": ...}}; never with a stack trace. */
final class JsonErrorPages implements ErrorPageGenerator {
    @Override
    public String generate(
            Request request,
            int status,
            @Nullable String reasonPhrase,
            @Nullable String description,
            @Nullable Throwable exception) {
        request.getResponse().setContentType("application/json");
        return Refusal.of(
                        Math.max(400, Math.min(599, status)),
                        status == 404
                                ? "There is nothing at this path."
                                : status < 500
                                        ? "The request can't be served: " + reasonPhrase + "."
                                        : "The server failed. Its log says more.")
                .body();
    }
}
