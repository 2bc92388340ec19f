package org.freelims.sync.server.lims;

import jakarta.ws.rs.core.SecurityContext;
import java.security.Principal;
import java.time.Instant;
import org.freelims.sync.server.security.Account;
import org.freelims.sync.server.security.Attribution;

/**
 * The account behind a request.
 *
 * @param sight what it may see
 * @param until when its sign-in ends
 */
record SignedIn(Account account, Sight sight, Instant until) implements Principal {
    /** The account that {@link BearerFilter} found. */
    static SignedIn of(SecurityContext context) {
        if (context.getUserPrincipal() instanceof SignedIn signedIn) {
            return signedIn;
        }
        throw new IllegalStateException("an operation without @Public ran without an account");
    }

    /** The same account for what is its own, whatever else it may see. */
    SignedIn seeingAll() {
        return new SignedIn(account, Sight.WHOLE, until);
    }

    @Override
    public String getName() {
        return account.username();
    }

    int id() {
        return account.id();
    }

    boolean isAdmin() {
        return account.admin();
    }

    Attribution attribution() {
        return Attribution.of(account);
    }
}
