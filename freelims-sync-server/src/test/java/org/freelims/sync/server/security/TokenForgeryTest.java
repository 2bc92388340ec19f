package org.freelims.sync.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.freelims.sync.server.security.KeySetVerifier.Expected;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens that others made, with keys that are good, with others, and with none. */
class TokenForgeryTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final String SECRET = "0123456789abcdef0123456789abcdef";
    private static final Expected EXPECTED = new Expected("https://id.example", "lims", "sub");

    private static RSAKey rsa;
    private static ECKey ec;
    private static RSAKey stranger;

    @TempDir private static Path dir;

    private final TokenService own =
            new TokenService(TokenSecret.of(SECRET), Duration.ofHours(1), CLOCK);
    private TokenVerifier verifier = own;

    @BeforeAll
    static void makeKeys() throws JOSEException {
        rsa = new RSAKeyGenerator(2048).keyID("r1").generate();
        ec = new ECKeyGenerator(Curve.P_256).keyID("e1").generate();
        stranger = new RSAKeyGenerator(2048).keyID("r1").generate();
    }

    @BeforeEach
    void trustTheProvider() throws IOException {
        Path file = dir.resolve("keys.json");
        Files.writeString(file, new JWKSet(java.util.List.of(rsa, ec)).toString(true));
        verifier = own.or(KeySetVerifier.in(file, EXPECTED, CLOCK));
    }

    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .subject("ada")
                .issuer("https://id.example")
                .audience("lims")
                .expirationTime(Date.from(NOW.plusSeconds(60)));
    }

    private static String signed(JWSHeader header, JWTClaimsSet claims, JWSSigner signer)
            throws JOSEException {
        SignedJWT jwt = new SignedJWT(header, claims);
        jwt.sign(signer);
        return jwt.serialize();
    }

    private static String rs256(JWTClaimsSet claims) throws JOSEException {
        return signed(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("r1").build(),
                claims,
                new RSASSASigner(rsa));
    }

    private static String hs256(JWTClaimsSet claims, byte[] key) throws JOSEException {
        return signed(new JWSHeader(JWSAlgorithm.HS256), claims, new MACSigner(key));
    }

    private static String unsigned(String header, JWTClaimsSet claims) {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        return base64.encodeToString(header.getBytes(StandardCharsets.UTF_8))
                + '.'
                + base64.encodeToString(claims.toString().getBytes(StandardCharsets.UTF_8))
                + '.';
    }

    @Test
    void token_ofTheProvider_isGoodForTheAccountOfThatName() throws JOSEException {
        String ecToken =
                signed(
                        new JWSHeader.Builder(JWSAlgorithm.ES256)
                                .keyID("e1")
                                .type(new JOSEObjectType("at+jwt"))
                                .build(),
                        claims().build(),
                        new ECDSASigner(ec));
        for (String good : new String[] {rs256(claims().build()), ecToken}) {
            Token token = verifier.verify(good).orElseThrow();

            assertEquals("ada", token.username());
            assertEquals(NOW.plusSeconds(60), token.expiresAt());
        }
    }

    @Test
    void token_forged_isRefusedWhateverTheWay() throws Exception {
        JWTClaimsSet good = claims().build();
        JWTClaimsSet ours =
                new JWTClaimsSet.Builder()
                        .subject("ada")
                        .expirationTime(Date.from(NOW.plusSeconds(60)))
                        .build();
        byte[] secret = SECRET.getBytes(StandardCharsets.UTF_8);
        assertTrue(verifier.verify(rs256(good)).isPresent());
        assertTrue(verifier.verify(hs256(ours, secret)).isPresent());

        Map<String, String> forged = new LinkedHashMap<>();
        forged.put("alg none", unsigned("{\"alg\":\"none\"}", good));
        forged.put("alg None", unsigned("{\"alg\":\"None\"}", ours));
        forged.put("no alg", unsigned("{}", good));
        forged.put("stripped", rs256(good).replaceFirst("[^.]*$", ""));
        forged.put("key of a stranger", signed(header("r1"), good, new RSASSASigner(stranger)));
        forged.put("no such key", signed(header("r2"), good, new RSASSASigner(stranger)));
        forged.put("confused: DER", hs256(good, rsa.toRSAPublicKey().getEncoded()));
        forged.put("confused: PEM", hs256(good, pem(rsa).getBytes(StandardCharsets.UTF_8)));
        forged.put(
                "confused: JWK",
                hs256(good, rsa.toPublicJWK().toString().getBytes(StandardCharsets.UTF_8)));
        forged.put("our secret, their claims", hs256(good, secret));
        for (String kid :
                new String[] {"../../../../dev/null", "' UNION SELECT 'x", "r1\u0000", "\r\nr1"}) {
            forged.put(
                    "kid " + kid,
                    signed(
                            new JWSHeader.Builder(JWSAlgorithm.HS256).keyID(kid).build(),
                            ours,
                            new MACSigner(new byte[32])));
        }
        forged.put(
                "jwk",
                signed(
                        new JWSHeader.Builder(JWSAlgorithm.RS256)
                                .jwk(stranger.toPublicJWK())
                                .build(),
                        good,
                        new RSASSASigner(stranger)));
        forged.put(
                "critical",
                signed(
                        new JWSHeader.Builder(JWSAlgorithm.RS256)
                                .keyID("r1")
                                .criticalParams(java.util.Set.of("x"))
                                .customParam("x", 1)
                                .build(),
                        good,
                        new RSASSASigner(rsa)));
        forged.put("other issuer", rs256(claims().issuer("https://evil.example").build()));
        forged.put("no issuer", rs256(claims().issuer(null).build()));
        forged.put("other audience", rs256(claims().audience("payroll").build()));
        forged.put("no audience", rs256(claims().audience((String) null).build()));
        forged.put("ended", rs256(claims().expirationTime(Date.from(NOW)).build()));
        forged.put("endless", rs256(claims().expirationTime(null).build()));
        forged.put("not yet", rs256(claims().notBeforeTime(Date.from(NOW.plusSeconds(1))).build()));
        forged.put("nobody", rs256(claims().subject(null).build()));
        forged.put("RS512", signed(new JWSHeader(JWSAlgorithm.RS512), good, new RSASSASigner(rsa)));
        forged.put(
                "ours, for others",
                hs256(new JWTClaimsSet.Builder(ours).audience("payroll").build(), secret));
        forged.put(
                "ours, of others",
                hs256(new JWTClaimsSet.Builder(ours).issuer("payroll").build(), secret));
        forged.put(
                "ours, not yet",
                hs256(
                        new JWTClaimsSet.Builder(ours)
                                .notBeforeTime(Date.from(NOW.plusSeconds(1)))
                                .build(),
                        secret));
        forged.put("a megabyte", rs256(claims().claim("x", "y".repeat(1 << 20)).build()));
        forged.put("nested", "a.b.c.d.e");
        forged.put("empty", "");
        forged.forEach(
                (name, token) -> assertEquals(Optional.empty(), verifier.verify(token), name));
    }

    private static JWSHeader header(String kid) {
        return new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(kid).build();
    }

    private static String pem(RSAKey key) throws JOSEException {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(key.toRSAPublicKey().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    @Test
    void keys_atAnAddress_areFetchedAndWhatATokenNamesIsNot() throws Exception {
        AtomicInteger fetched = new AtomicInteger();
        AtomicInteger lured = new AtomicInteger();
        HttpServer http =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] keys = new JWKSet(rsa).toString(true).getBytes(StandardCharsets.UTF_8);
        byte[] evil = new JWKSet(stranger).toString(true).getBytes(StandardCharsets.UTF_8);
        http.createContext(
                "/",
                exchange -> {
                    boolean lure = exchange.getRequestURI().getPath().equals("/evil");
                    (lure ? lured : fetched).incrementAndGet();
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write(lure ? evil : keys);
                    exchange.close();
                });
        http.start();
        try {
            URI base = URI.create("http://127.0.0.1:" + http.getAddress().getPort());
            TokenVerifier remote = KeySetVerifier.at(base.resolve("/keys"), EXPECTED, CLOCK);

            assertTrue(remote.verify(rs256(claims().build())).isPresent());
            String jku =
                    signed(
                            new JWSHeader.Builder(JWSAlgorithm.RS256)
                                    .keyID("r1")
                                    .jwkURL(base.resolve("/evil"))
                                    .x509CertURL(base.resolve("/evil"))
                                    .build(),
                            claims().build(),
                            new RSASSASigner(stranger));
            assertEquals(Optional.empty(), remote.verify(jku));
            assertEquals(0, lured.get());
            assertTrue(fetched.get() > 0);

            http.stop(0);
            assertTrue(remote.verify(rs256(claims().build())).isPresent(), "keys are kept");
        } finally {
            http.stop(0);
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> KeySetVerifier.at(URI.create("http://id.example/keys"), EXPECTED, CLOCK));
    }

    @Test
    void keys_thatArePrivate_areRefused() throws IOException {
        Path file = dir.resolve("private.json");
        Files.writeString(file, new JWKSet(rsa).toString(false));

        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> KeySetVerifier.in(file, EXPECTED, CLOCK))
                        .toString();

        assertTrue(message.contains("public keys"), message);
    }
}
