package org.freelims.sync.server.security;

import static java.util.Objects.requireNonNull;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Issues and checks bearer tokens: JWTs signed with HS256, {@code sub} the user name and {@code
 * exp} the end, as FreeLIMS' own. Ours also carry {@code uid}, the user's id, so that a token
 * doesn't pass to somebody else when a user name is given up and taken again; tokens without it are
 * accepted. Thread-safe.
 */
public final class TokenService implements TokenVerifier {
    private static final String USER_ID_CLAIM = "uid";

    private final byte[] secret;
    private final Duration lifetime;
    private final Clock clock;

    public TokenService(TokenSecret secret, Duration lifetime, Clock clock) {
        this.secret = secret.bytes();
        this.lifetime = requireNonNull(lifetime, "lifetime");
        this.clock = requireNonNull(clock, "clock");
        if (lifetime.isZero() || lifetime.isNegative()) {
            throw new IllegalArgumentException(
                    "a token's lifetime must be positive but was " + lifetime);
        }
    }

    /** Issues a token for {@code account} that ends after the configured lifetime. */
    public String issue(Account account) {
        return issue(account, lifetime);
    }

    /** Issues a token for {@code account} that ends after {@code tokenLifetime}. */
    public String issue(Account account, Duration tokenLifetime) {
        Instant now = clock.instant();
        JWTClaimsSet claims =
                new JWTClaimsSet.Builder()
                        .subject(account.username())
                        .claim(USER_ID_CLAIM, account.id())
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plus(tokenLifetime)))
                        .build();
        JWSHeader header =
                new JWSHeader.Builder(JWSAlgorithm.HS256).type(JOSEObjectType.JWT).build();
        SignedJWT jwt = new SignedJWT(header, claims);
        try {
            jwt.sign(new MACSigner(secret));
        } catch (JOSEException e) {
            throw new IllegalStateException("HS256 is not available", e);
        }
        return jwt.serialize();
    }

    /**
     * Returns what the token says if we (or a server with the same secret) signed it and it has not
     * ended. A token without an end is refused, and one that says who issued it or whom it is for:
     * ours don't, so it is somebody else's, who has the same secret (RFC 7519, section 4.1.3).
     */
    @Override
    public Optional<Token> verify(String serialized) {
        if (serialized.length() > Token.MAX_CHARS) {
            return Optional.empty();
        }
        try {
            SignedJWT jwt = SignedJWT.parse(serialized);
            JWSVerifier verifier = new MACVerifier(secret);
            if (!JWSAlgorithm.HS256.equals(jwt.getHeader().getAlgorithm())
                    || !jwt.verify(verifier)) {
                return Optional.empty();
            }
            return read(jwt.getJWTClaimsSet());
        } catch (ParseException | JOSEException | IllegalArgumentException e) {
            return Optional.empty(); // not a token of ours, which is all that the caller asks
        }
    }

    private Optional<Token> read(JWTClaimsSet claims) throws ParseException {
        String username = claims.getSubject();
        Date expiry = claims.getExpirationTime();
        Date notBefore = claims.getNotBeforeTime();
        Instant now = clock.instant();
        if (username == null
                || expiry == null
                || claims.getIssuer() != null
                || !claims.getAudience().isEmpty()
                || !now.isBefore(expiry.toInstant())
                || (notBefore != null && now.isBefore(notBefore.toInstant()))) {
            return Optional.empty();
        }
        Integer userId = claims.getIntegerClaim(USER_ID_CLAIM);
        return Optional.of(
                new Token(
                        username,
                        userId == null ? OptionalInt.empty() : OptionalInt.of(userId),
                        expiry.toInstant()));
    }
}
