package org.freelims.sync.server.security;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.freelims.sync.access.Authenticator;
import org.freelims.sync.access.Principal;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.jdbi.v3.core.JdbiException;

/**
 * Authenticates by tokens, those of {@code POST /api/token} or others: the principal is {@code
 * user:<id>} with the role {@code user}, and {@code admin} too where the account has it, until the
 * token ends. Tokens of inactive or removed accounts are refused like any bad one. Thread-safe;
 * asks the database.
 */
public final class JwtAuthenticator implements Authenticator {
    /** The role that every active account has. */
    public static final String USER_ROLE = "user";

    /** The role of accounts with {@code is_admin}. */
    public static final String ADMIN_ROLE = "admin";

    private final TokenVerifier tokens;
    private final Accounts accounts;

    public JwtAuthenticator(TokenVerifier tokens, Accounts accounts) {
        this.tokens = requireNonNull(tokens, "tokens");
        this.accounts = requireNonNull(accounts, "accounts");
    }

    @Override
    public Principal authenticate(String serialized) {
        Token token = tokens.verify(serialized).orElseThrow(Authenticator::badToken);
        Account account =
                holderOf(token).filter(Account::active).orElseThrow(Authenticator::badToken);
        return principal(account, token.expiresAt());
    }

    /** Returns the principal of an account whose sign-in ends then. */
    static Principal principal(Account account, Instant signInEnds) {
        return new Principal(
                account.principalName(),
                account.admin() ? Set.of(USER_ROLE, ADMIN_ROLE) : Set.of(USER_ROLE),
                Optional.of(signInEnds));
    }

    private Optional<Account> holderOf(Token token) {
        try {
            return accounts.find(token.username()).filter(token::isFor);
        } catch (JdbiException e) {
            throw new SyncException(
                    ErrorCode.UNAVAILABLE,
                    "Accounts can't be looked up at the moment. Try again shortly.",
                    e);
        }
    }
}
