package org.freelims.sync.server.lims;

import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.SecurityContext;
import java.lang.reflect.Method;
import java.security.Principal;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.freelims.sync.access.View;
import org.freelims.sync.server.security.Account;
import org.freelims.sync.server.security.Accounts;
import org.freelims.sync.server.security.Token;
import org.freelims.sync.server.security.TokenVerifier;
import org.jspecify.annotations.Nullable;

/**
 * Lets a request pass to any operation but a {@link Public} one only with the token of an active
 * account, and to an {@link AdminOnly} one only with an administrator's. The account is looked up
 * each time: one that was just deactivated is refused at once. Thread-safe.
 */
@Priority(Priorities.AUTHENTICATION)
final class BearerFilter implements ContainerRequestFilter {
    private static final String SCHEME = "Bearer ";

    private final TokenVerifier tokens;
    private final Accounts accounts;
    private final Function<Account, View> views;

    @Context private @Nullable ResourceInfo operation;

    BearerFilter(TokenVerifier tokens, Accounts accounts, Function<Account, View> views) {
        this.tokens = tokens;
        this.accounts = accounts;
        this.views = views;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        Optional<Method> method =
                Optional.ofNullable(operation).map(ResourceInfo::getResourceMethod);
        if (method.filter(m -> m.isAnnotationPresent(Public.class)).isPresent()) {
            return;
        }
        Holder holder = authenticate(request);
        Account account = holder.account();
        if (!account.active()) {
            throw RefusedException.badRequest("Inactive user");
        }
        if (!account.admin()
                && method.filter(m -> m.isAnnotationPresent(AdminOnly.class)).isPresent()) {
            throw RefusedException.forbidden("Not enough permissions");
        }
        request.setSecurityContext(
                new Signed(
                        new SignedIn(
                                account,
                                new Sight(views.apply(account)),
                                holder.token().expiresAt()),
                        request.getSecurityContext().isSecure()));
    }

    private record Holder(Account account, Token token) {}

    private Holder authenticate(ContainerRequestContext request) {
        return bearerToken(request)
                .flatMap(tokens::verify)
                .flatMap(
                        token ->
                                accounts.find(token.username())
                                        .filter(token::isFor)
                                        .map(account -> new Holder(account, token)))
                .orElseThrow(
                        () ->
                                new RefusedException(
                                        401,
                                        "Could not validate credentials",
                                        Map.of(HttpHeaders.WWW_AUTHENTICATE, "Bearer")));
    }

    static Optional<String> bearerToken(ContainerRequestContext request) {
        return Optional.ofNullable(request.getHeaderString(HttpHeaders.AUTHORIZATION))
                .filter(value -> value.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
                .map(value -> value.substring(SCHEME.length()).strip());
    }

    private record Signed(SignedIn signedIn, boolean secure) implements SecurityContext {
        @Override
        public Principal getUserPrincipal() {
            return signedIn;
        }

        @Override
        public boolean isUserInRole(String role) {
            return role.equals("admin") ? signedIn.isAdmin() : role.equals("user");
        }

        @Override
        public boolean isSecure() {
            return secure;
        }

        @Override
        public String getAuthenticationScheme() {
            return "Bearer";
        }
    }
}
