package org.freelims.sync.server.security;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.OptionalInt;

/**
 * What a valid token says.
 *
 * @param userId the account's id; empty in tokens that others issued
 */
public record Token(String username, OptionalInt userId, Instant expiresAt) {
    /** The longest token that is looked at, in characters. */
    static final int MAX_CHARS = 8192;

    public Token {
        requireNonNull(username, "username");
        requireNonNull(userId, "userId");
        requireNonNull(expiresAt, "expiresAt");
    }

    /** Whether the token was issued for this very account. */
    public boolean isFor(Account account) {
        return username.equals(account.username())
                && (userId.isEmpty() || userId.getAsInt() == account.id());
    }
}
