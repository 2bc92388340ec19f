package org.freelims.sync.server.security;

import java.util.Optional;

/** Told of sign-ins with a password. Implementations are thread-safe and return at once. */
public interface SignInListener {
    /** Somebody signed in. */
    default void signedIn(String remoteAddress, Account account) {}

    /**
     * Somebody could not sign in.
     *
     * @param account whose password was wrong; empty if there is no such account, as what was typed
     *     may then be anything, a password in the wrong field too
     */
    default void signInFailed(String remoteAddress, Optional<Account> account) {}
}
