package org.freelims.sync.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenServiceTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef";
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Account ADA =
            new Account(7, "ada", "ada@example.org", "Ada Lovelace", true, false);

    @TempDir private Path directory = Path.of("");

    private static TokenService at(Instant now) {
        return new TokenService(
                TokenSecret.of(SECRET), Duration.ofMinutes(30), Clock.fixed(now, ZoneOffset.UTC));
    }

    /** A token as any other program with the secret would make it. */
    private static String handMade(String header, String claims, String secret)
            throws GeneralSecurityException {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        String signed =
                base64.encodeToString(header.getBytes(StandardCharsets.UTF_8))
                        + "."
                        + base64.encodeToString(claims.getBytes(StandardCharsets.UTF_8));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return signed
                + "."
                + base64.encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void token_issued_isGoodUntilItsEndAndNoLonger() {
        String token = at(NOW).issue(ADA);

        Token read = at(NOW.plusSeconds(1799)).verify(token).orElseThrow();
        assertEquals("ada", read.username());
        assertEquals(NOW.plusSeconds(1800), read.expiresAt());
        assertTrue(read.isFor(ADA));
        assertEquals(Optional.empty(), at(NOW.plusSeconds(1800)).verify(token));
    }

    @Test
    void token_ofAUserNameTakenOver_isNotForTheNewHolder() {
        Token token = at(NOW).verify(at(NOW).issue(ADA)).orElseThrow();

        assertFalse(token.isFor(new Account(8, "ada", "other@example.org", "", true, false)));
    }

    @Test
    void token_ofThePythonBackend_isAccepted() throws Exception {
        String token =
                handMade(
                        "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
                        "{\"sub\":\"ada\",\"exp\":" + NOW.plusSeconds(60).getEpochSecond() + "}",
                        SECRET);

        assertTrue(at(NOW).verify(token).orElseThrow().isFor(ADA));
    }

    @Test
    void token_forgedOrIncomplete_isRefused() throws Exception {
        String claims = "{\"sub\":\"ada\",\"exp\":" + NOW.plusSeconds(60).getEpochSecond() + "}";
        String good = handMade("{\"alg\":\"HS256\"}", claims, SECRET);
        assertTrue(at(NOW).verify(good).isPresent());

        String[] bad = {
            "",
            "abc",
            "a.b.c",
            good.substring(0, good.length() - 2),
            handMade("{\"alg\":\"HS256\"}", claims, "another secret of at least 32 bytes"),
            handMade("{\"alg\":\"none\"}", claims, SECRET).replaceFirst("\\.[^.]*$", "."),
            handMade("{\"alg\":\"HS512\"}", claims, SECRET),
            handMade("{\"alg\":\"HS256\"}", "{\"sub\":\"ada\"}", SECRET),
            handMade(
                    "{\"alg\":\"HS256\"}", "{\"exp\":" + (NOW.getEpochSecond() + 60) + "}", SECRET),
            handMade("{\"alg\":\"HS256\"}", "{\"sub\":7,\"exp\":\"x\"}", SECRET),
            handMade("{\"alg\":\"HS256\"}", "[]", SECRET),
            good + "." + "x".repeat(5000)
        };
        for (String token : bad) {
            assertEquals(Optional.empty(), at(NOW).verify(token), token);
        }
    }

    @Test
    void secret_tooShort_isRefusedWithWhatToDo() {
        String message =
                assertThrows(IllegalArgumentException.class, () -> TokenSecret.of("weak!"))
                        .toString();

        assertTrue(message.contains("5 bytes") && message.contains("at least 32"), message);
        assertFalse(message.contains("weak!"), "the secret isn't repeated: " + message);
    }

    @Test
    void secret_generated_isKeptForItsOwnerOnly() throws IOException {
        Path dataDir = directory.resolve("data");
        TokenSecret first = TokenSecret.keptIn(dataDir, new SecureRandom());
        Path file = dataDir.resolve(TokenSecret.FILE_NAME);

        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        String token = issuedWith(first);
        TokenService again = service(TokenSecret.keptIn(dataDir, new SecureRandom()));
        assertTrue(again.verify(token).isPresent(), "the same after a restart");
        TokenService other =
                service(TokenSecret.keptIn(directory.resolve("other"), new SecureRandom()));
        assertEquals(Optional.empty(), other.verify(token));
        assertNotEquals(first.toString(), Files.readString(file).strip());
        try (var files = Files.list(dataDir)) {
            assertEquals(1, files.count(), "no draft is left");
        }
    }

    @Test
    void secret_readableByOthers_isClosed() throws IOException {
        Path file = directory.resolve(TokenSecret.FILE_NAME);
        Files.writeString(file, SECRET + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        TokenSecret secret = TokenSecret.keptIn(directory, new SecureRandom());

        assertTrue(at(NOW).verify(issuedWith(secret)).isPresent(), "read without the line's end");
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    private static TokenService service(TokenSecret secret) {
        return new TokenService(secret, Duration.ofMinutes(30), Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private static String issuedWith(TokenSecret secret) {
        return service(secret).issue(ADA);
    }
}
