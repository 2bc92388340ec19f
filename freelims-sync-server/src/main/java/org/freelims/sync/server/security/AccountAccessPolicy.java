package org.freelims.sync.server.security;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toUnmodifiableMap;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
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
    private final Clock clock;
    private final View forUsers;
    private final View forAdmins;
    private final View forAnonymous;
    private volatile Known known = new Known(Map.of(), Instant.MIN);

    /**
     * @param userResources what every active account may see
     * @param adminResources what administrators may see besides
     * @param anonymousResources what somebody unknown may see, where the server lets them in
     */
    public AccountAccessPolicy(
            Accounts accounts,
            Set<String> userResources,
            Set<String> adminResources,
            Set<String> anonymousResources,
            Clock clock) {
        this.accounts = requireNonNull(accounts, "accounts");
        this.clock = requireNonNull(clock, "clock");
        Set<String> all = new HashSet<>(userResources);
        all.addAll(adminResources);
        this.forUsers = View.of(userResources);
        this.forAdmins = View.of(all);
        this.forAnonymous = View.of(anonymousResources);
    }

    private record Known(Map<String, Account> byPrincipal, Instant at) {}

    /** Views for one of the system's own principals, none of which is an account, show nothing. */
    @Override
    public View view(Principal principal) {
        if (principal.name().equals(Principal.ANONYMOUS.name())) {
            return forAnonymous;
        }
        if (!principal.name().startsWith(ACCOUNT_PREFIX)) {
            return View.of(Set.of());
        }
        Account account = current().byPrincipal().get(principal.name());
        if (account == null || !account.active()) {
            return View.of(Set.of());
        }
        return account.admin() ? forAdmins : forUsers;
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
