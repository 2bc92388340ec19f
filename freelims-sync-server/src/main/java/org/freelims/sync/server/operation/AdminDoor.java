package org.freelims.sync.server.operation;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.util.Optional;
import org.freelims.sync.access.Authenticator;
import org.freelims.sync.access.Principal;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.server.security.JwtAuthenticator;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;

/**
 * Lets requests pass that carry an administrator's token in {@code Authorization: Bearer}, and
 * answers the others. A cookie would not do: a browser sends it for other sites' pages too.
 * Thread-safe; asks the database.
 */
public final class AdminDoor {
    private static final String SCHEME = "Bearer ";

    private final Authenticator authenticator;

    public AdminDoor(Authenticator authenticator) {
        this.authenticator = requireNonNull(authenticator, "authenticator");
    }

    /** Returns the request's token, if it carries one. */
    static Optional<String> token(Request request) {
        return Optional.ofNullable(request.getHeader("Authorization"))
                .filter(value -> value.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
                .map(value -> value.substring(SCHEME.length()).strip());
    }

    /** Returns the administrator who asks; if it is none, the request is answered. */
    public Optional<Principal> admit(Request request, Response response) throws IOException {
        Optional<String> token = token(request);
        if (token.isEmpty()) {
            refuse(response, 401, "Sign in first.");
            return Optional.empty();
        }
        try {
            Principal principal = authenticator.authenticate(token.get());
            if (principal.roles().contains(JwtAuthenticator.ADMIN_ROLE)) {
                return Optional.of(principal);
            }
            refuse(response, 403, "This is for administrators.");
        } catch (SyncException e) {
            boolean unavailable = e.code() == ErrorCode.UNAVAILABLE;
            refuse(response, unavailable ? 503 : 401, String.valueOf(e.getMessage()));
        }
        return Optional.empty();
    }

    private static void refuse(Response response, int status, String detail) throws IOException {
        if (status == 401) {
            response.setHeader("WWW-Authenticate", "Bearer");
        }
        Answers.json(response, status, JsonNodeFactory.instance.objectNode().put("detail", detail));
    }
}
