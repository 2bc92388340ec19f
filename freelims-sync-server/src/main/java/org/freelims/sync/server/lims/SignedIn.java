package org.freelims.sync.server.lims;

import jakarta.ws.rs.core.SecurityContext;
import java.security.Principal;
import org.freelims.sync.server.security.Account;
import org.freelims.sync.server.security.Attribution;

/** The account behind a request. */
record SignedIn(Account account) implements Principal {
    /** The account that {@link BearerFilter} found. */
    static SignedIn of(SecurityContext context) {
        if (context.getUserPrincipal() instanceof SignedIn signedIn) {
            return signedIn;
        }
        throw new IllegalStateException("an operation without @Public ran without an account");
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
