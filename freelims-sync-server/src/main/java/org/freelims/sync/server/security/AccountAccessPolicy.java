package org.freelims.sync.server.security;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toUnmodifiableMap;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.freelims.sync.access.AccessPolicy;
import org.freelims.sync.access.Principal;
import org.freelims.sync.access.View;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.jdbi.v3.core.JdbiException;

/**
 * Shows resources by what an account is <em>now</em>, not by what it was when its token was
 * checked: a demoted or deactivated account loses its views within {@link #MAX_AGE} of the next
 * question (rule 11). All accounts are read at once and kept for that long, so that any number of
 * sessions costs one query. Thread-safe; may block on the database.
 */
public final class AccountAccessPolicy implements AccessPolicy {
    /** How old the answer may be. */
    static final Duration MAX_AGE = Duration.ofSeconds(1);

    private static final String ACCOUNT_PREFIX = "user:";

    private final Accounts accounts;
    private final Supplier<RolePolicy> roles;
    private final Clock clock;
    private volatile Known known = new Known(Map.of(), Instant.MIN);

    /**
     * @param roles what which account may see; asked each time
     */
    public AccountAccessPolicy(Accounts accounts, Supplier<RolePolicy> roles, Clock clock) {
        this.accounts = requireNonNull(accounts, "accounts");
        this.roles = requireNonNull(roles, "roles");
        this.clock = requireNonNull(clock, "clock");
    }

    private record Known(Map<String, Account> byPrincipal, Instant at) {}

    /** Views for one of the system's own principals, none of which is an account, show nothing. */
    @Override
    public View view(Principal principal) {
        if (principal.name().equals(Principal.ANONYMOUS.name())) {
            return roles.get().viewOfAnonymous();
        }
        if (!principal.name().startsWith(ACCOUNT_PREFIX)) {
            return View.of(Set.of());
        }
        Account account = current().byPrincipal().get(principal.name());
        return account == null ? View.of(Set.of()) : viewOf(account);
    }

    /** Returns what an account, as it is given, may see now. */
    public View viewOf(Account account) {
        return roles.get().viewOf(account);
    }

    /** Whether the account is there and active; everybody else is none of this policy's. */
    @Override
    public boolean admits(Principal principal) {
        if (!principal.name().startsWith(ACCOUNT_PREFIX)) {
            return true;
        }
        Account account = current().byPrincipal().get(principal.name());
        return account != null && account.active();
    }

    private Known current() {
        Known seen = known;
        Instant now = clock.instant();
        if (now.isBefore(seen.at().plus(MAX_AGE))) {
            return seen;
        }
        try {
            Map<String, Account> byPrincipal =
                    accounts.list().stream()
                            .collect(
                                    toUnmodifiableMap(Account::principalName, Function.identity()));
            Known fresh = new Known(byPrincipal, now);
            known = fresh;
            return fresh;
        } catch (JdbiException e) {
            throw new SyncException(
                    ErrorCode.UNAVAILABLE,
                    "Rights can't be looked up at the moment. Try again shortly.",
                    e);
        }
    }
}
