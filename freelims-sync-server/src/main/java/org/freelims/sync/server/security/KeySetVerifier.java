package org.freelims.sync.server.security;

import static java.util.Objects.requireNonNull;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.MalformedURLException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Checks tokens of an identity provider: JWTs signed with RS256 or ES256 by a key of its published
 * set (RFC 7517). Which keys count is configured here: what a token itself says of keys ({@code
 * jku}, {@code jwk}, {@code x5u}) is not followed. Thread-safe; may do I/O.
 */
public final class KeySetVerifier implements TokenVerifier {
    private static final Logger LOG = System.getLogger(KeySetVerifier.class.getName());
    private static final Set<JWSAlgorithm> ALGORITHMS =
            Set.of(JWSAlgorithm.RS256, JWSAlgorithm.ES256);
    private static final Duration FETCH_TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX_KEY_SET_BYTES = 256 * 1024;

    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    private final String usernameClaim;

    private KeySetVerifier(JWKSource<SecurityContext> keys, Expected expected, Clock clock) {
        this.usernameClaim = expected.usernameClaim();
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, keys));
        processor.setJWSTypeVerifier(
                new DefaultJOSEObjectTypeVerifier<>(
                        JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
        DefaultJWTClaimsVerifier<SecurityContext> claims =
                new DefaultJWTClaimsVerifier<>(
                        Set.of(expected.audience()),
                        new JWTClaimsSet.Builder().issuer(expected.issuer()).build(),
                        Set.of(usernameClaim, "exp"),
                        Set.of()) {
                    @Override
                    protected Date currentTime() {
                        return Date.from(clock.instant());
                    }
                };
        claims.setMaxClockSkew(0); // our own end a connection when its token does, to the second
        processor.setJWTClaimsSetVerifier(claims);
    }

    /**
     * What a token must say.
     *
     * @param issuer its {@code iss}
     * @param audience what its {@code aud} must name: this server, as the provider knows it
     * @param usernameClaim the claim that holds the LIMS' user name, such as {@code sub}
     */
    public record Expected(String issuer, String audience, String usernameClaim) {
        public Expected {
            requireNonNull(issuer, "issuer");
            requireNonNull(audience, "audience");
            requireNonNull(usernameClaim, "usernameClaim");
        }
    }

    /**
     * Trusts the keys at an address, which are fetched again from time to time and when a token
     * names one that is not known, but not more often than is good for the address.
     *
     * @throws IllegalArgumentException if it is not an https address, or an http one of this
     *     machine
     */
    public static KeySetVerifier at(URI address, Expected expected, Clock clock) {
        boolean safe =
                "https".equals(address.getScheme())
                        || ("http".equals(address.getScheme())
                                && Set.of("localhost", "127.0.0.1", "[::1]")
                                        .contains(String.valueOf(address.getHost())));
        if (!safe) {
            throw new IllegalArgumentException(
                    "Keys are fetched by https only, and by http from this machine: " + address);
        }
        try {
            return new KeySetVerifier(
                    JWKSourceBuilder.<SecurityContext>create(
                                    address.toURL(),
                                    new DefaultResourceRetriever(
                                            (int) FETCH_TIMEOUT.toMillis(),
                                            (int) FETCH_TIMEOUT.toMillis(),
                                            MAX_KEY_SET_BYTES))
                            .retrying(true)
                            .outageTolerant(Duration.ofHours(4).toMillis())
                            .build(),
                    expected,
                    clock);
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException("Not an address: " + address, e);
        }
    }

    /**
     * Trusts the keys in a file, which is read again when it has changed.
     *
     * @throws IllegalArgumentException if it can't be read, or holds a key that must not be handed
     *     around
     */
    public static KeySetVerifier in(Path file, Expected expected, Clock clock) {
        try {
            FileKeys keys = new FileKeys(file, clock);
            return new KeySetVerifier(
                    (selector, context) -> selector.select(keys.current()), expected, clock);
        } catch (IOException | ParseException e) {
            throw new IllegalArgumentException(
                    "The keys in " + file + " can't be read: " + e.getMessage(), e);
        }
    }

    /** A file's keys; thread-safe. */
    private static final class FileKeys {
        private static final Duration RECHECK = Duration.ofSeconds(5);

        private final Path file;
        private final Clock clock;
        private String text;
        private JWKSet keys;
        private Instant checked;

        FileKeys(Path file, Clock clock) throws IOException, ParseException {
            this.file = file;
            this.clock = clock;
            this.text = Files.readString(file);
            this.keys = parse(text);
            this.checked = clock.instant();
        }

        private static JWKSet parse(String text) throws ParseException {
            JWKSet keys = JWKSet.parse(text);
            if (keys.isEmpty() || keys.getKeys().stream().anyMatch(key -> key.isPrivate())) {
                throw new ParseException("it must hold public keys, and no other", 0);
            }
            return keys;
        }

        synchronized JWKSet current() {
            if (clock.instant().isBefore(checked.plus(RECHECK))) {
                return keys;
            }
            checked = clock.instant();
            try {
                String present = Files.readString(file);
                if (!present.equals(text)) {
                    text = present;
                    keys = parse(present);
                }
            } catch (IOException | ParseException e) {
                LOG.log(
                        Level.ERROR,
                        "The keys in {0} can''t be read; those before stay in force: {1}",
                        file,
                        e.getMessage());
            }
            return keys;
        }
    }

    @Override
    public Optional<Token> verify(String serialized) {
        if (serialized.length() > Token.MAX_CHARS) {
            return Optional.empty();
        }
        try {
            JWTClaimsSet claims = processor.process(serialized, null);
            return Optional.of(
                    new Token(
                            requireNonNull(claims.getStringClaim(usernameClaim), usernameClaim),
                            OptionalInt.empty(),
                            claims.getExpirationTime().toInstant()));
        } catch (KeySourceException e) {
            LOG.log(Level.WARNING, "The keys that tokens are checked with can''t be had", e);
            return Optional.empty();
        } catch (ParseException | BadJOSEException | JOSEException | IllegalArgumentException e) {
            return Optional.empty(); // not a token that is good here, which is all that is asked
        }
    }
}
