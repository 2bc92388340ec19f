package org.freelims.sync.server.security;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.Optional;
import org.freelims.sync.access.Authenticator;
import org.freelims.sync.access.Principal;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * One-time tickets to open a connection with, for browsers: these can't set a WebSocket's headers,
 * and what stands in an address ends up in logs. A ticket is good once, for {@link #LIFETIME}, on
 * every server of the database, which keeps only its hash. Thread-safe; asks the database.
 */
public final class Tickets implements Authenticator {
    /** How long a ticket is good for. */
    public static final Duration LIFETIME = Duration.ofSeconds(30);

    private static final int RANDOM_BYTES = 32;
    private static final int MAX_CHARS = 64;

    private final Jdbi jdbi;
    private final Accounts accounts;
    private final SecureRandom random;
    private final Clock clock;

    public Tickets(Jdbi jdbi, Accounts accounts, SecureRandom random, Clock clock) {
        this.jdbi = requireNonNull(jdbi, "jdbi");
        this.accounts = requireNonNull(accounts, "accounts");
        this.random = requireNonNull(random, "random");
        this.clock = requireNonNull(clock, "clock");
    }

    /**
     * Issues a ticket.
     *
     * @param signInEnds when the sign-in ends that asks for it, and so will the connection
     */
    public String issue(Account account, Instant signInEnds) {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        String ticket = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        OffsetDateTime now = now();
        jdbi.useTransaction(
                handle -> {
                    handle.createUpdate(
                                    "DELETE FROM freelims_sync.connection_tickets WHERE expires_at"
                                            + " <= :now")
                            .bind("now", now)
                            .execute();
                    handle.createUpdate(
                                    "INSERT INTO freelims_sync.connection_tickets"
                                            + " (digest, user_id, sign_in_ends, expires_at)"
                                            + " VALUES (:digest, :user, :ends, :expires)")
                            .bind("digest", digest(ticket))
                            .bind("user", account.id())
                            .bind("ends", signInEnds.atOffset(ZoneOffset.UTC))
                            .bind("expires", now.plus(LIFETIME))
                            .execute();
                });
        return ticket;
    }

    private record Issued(int userId, Instant signInEnds) {}

    /** Redeems a ticket, which is gone then, whatever comes of it. */
    @Override
    public Principal authenticate(String ticket) {
        if (ticket.length() > MAX_CHARS) {
            throw Authenticator.badToken();
        }
        try {
            Issued issued = redeem(ticket).orElseThrow(Authenticator::badToken);
            Account account =
                    accounts.find(issued.userId())
                            .filter(Account::active)
                            .orElseThrow(Authenticator::badToken);
            return JwtAuthenticator.principal(account, issued.signInEnds());
        } catch (JdbiException e) {
            throw new SyncException(
                    ErrorCode.UNAVAILABLE,
                    "Tickets can't be looked up at the moment. Try again shortly.",
                    e);
        }
    }

    private Optional<Issued> redeem(String ticket) {
        return jdbi.withHandle(
                handle ->
                        handle.createQuery(
                                        "DELETE FROM freelims_sync.connection_tickets WHERE digest"
                                            + " = :digest RETURNING user_id, sign_in_ends,"
                                            + " expires_at > :now AND sign_in_ends > :now AS good")
                                .bind("digest", digest(ticket))
                                .bind("now", now())
                                .map(
                                        (rs, context) ->
                                                rs.getBoolean("good")
                                                        ? Optional.of(
                                                                new Issued(
                                                                        rs.getInt("user_id"),
                                                                        rs.getObject(
                                                                                        "sign_in_ends",
                                                                                        OffsetDateTime
                                                                                                .class)
                                                                                .toInstant()))
                                                        : Optional.<Issued>empty())
                                .findFirst()
                                .flatMap(found -> found));
    }

    private OffsetDateTime now() {
        return clock.instant().atOffset(ZoneOffset.UTC);
    }

    private static byte[] digest(String ticket) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(ticket.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is not available", e);
        }
    }
}
