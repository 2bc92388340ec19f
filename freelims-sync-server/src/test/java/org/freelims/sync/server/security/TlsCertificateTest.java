package org.freelims.sync.server.security;

import static org.freelims.sync.server.CertificateForTests.pem;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.freelims.sync.server.CertificateForTests;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsCertificateTest {
    @TempDir static Path shared;
    private static CertificateForTests rsa;
    private static CertificateForTests ec;

    @TempDir Path directory;

    @BeforeAll
    static void make() {
        rsa = CertificateForTests.make(shared, "RSA", "rsa");
        ec = CertificateForTests.make(shared, "EC", "ec");
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(directory.resolve(name), content);
    }

    private TlsCertificate load(String certificate, String key) throws IOException {
        return TlsCertificate.ofFiles(file("c.pem", certificate), file("k.pem", key));
    }

    private void refused(String certificate, String key, String... says) {
        String message =
                String.valueOf(
                        assertThrows(IllegalArgumentException.class, () -> load(certificate, key))
                                .getMessage());
        for (String part : says) {
            assertTrue(message.contains(part), message);
        }
    }

    @Test
    void files_ofEveryKind_areRead() throws IOException {
        assertEquals("CN=rsa", load(rsa.certificatePem(), rsa.keyPem()).subject());
        assertEquals("CN=ec", load(ec.certificatePem(), ec.keyPem()).subject());
        CertificateForTests ed = CertificateForTests.make(directory, "Ed25519", "ed");
        assertEquals("CN=ed", load(ed.certificatePem(), ed.keyPem()).subject());
        String chain = "Some text\n" + rsa.certificatePem() + "\r\n" + ec.certificatePem();
        assertEquals("CN=rsa", load(chain, rsa.keyPem()).subject());
        assertEquals("CN=rsa", load(chain, pem("RSA PRIVATE KEY", pkcs1())).subject());
        String parameters = pem("EC PARAMETERS", new byte[] {5, 0});
        assertEquals(
                "CN=ec",
                load(ec.certificatePem(), parameters + pem("EC PRIVATE KEY", sec1())).subject());
    }

    /** What PKCS#8 wraps: the same for all keys of this length. */
    private static byte[] pkcs1() {
        byte[] pkcs8 = rsa.key().getEncoded();
        return Arrays.copyOfRange(pkcs8, 26, pkcs8.length);
    }

    /** As {@code openssl ecparam -genkey} writes it, with the curve's name in it. */
    private static byte[] sec1() {
        ECPublicKey open = (ECPublicKey) ec.certificate().getPublicKey();
        int bits = open.getParams().getCurve().getField().getFieldSize();
        String curve = bits == 256 ? "a00a06082a8648ce3d030107" : "a00706052b81040022";
        int bytes = bits / 8;
        String secret = hex(((ECPrivateKey) ec.key()).getS().toByteArray(), bytes);
        String inside = "02010104" + String.format("%02x", bytes) + secret + curve;
        return HexFormat.of().parseHex("30" + String.format("%02x", inside.length() / 2) + inside);
    }

    private static String hex(byte[] number, int bytes) {
        String hex = "00".repeat(bytes) + HexFormat.of().formatHex(number);
        return hex.substring(hex.length() - 2 * bytes);
    }

    @Test
    void files_missing_areNamed() {
        Path none = directory.resolve("none.pem");
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> TlsCertificate.ofFiles(none, none))
                        .getMessage();
        assertEquals("There is no file " + none + ".", message);
    }

    @Test
    void key_ofAnotherCertificate_isRefused() {
        refused(rsa.certificatePem(), ec.keyPem(), "k.pem is not that of", "c.pem");
        refused(ec.certificatePem() + rsa.certificatePem(), rsa.keyPem(), "must come first");
    }

    @Test
    void key_encrypted_isRefusedWithWhatToDo() {
        String pkcs8 = pem("ENCRYPTED PRIVATE KEY", new byte[] {1});
        refused(rsa.certificatePem(), pkcs8, "is encrypted", "openssl pkey -in");
        String old =
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info:"
                        + " AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        refused(rsa.certificatePem(), old, "is encrypted");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"})
    void key_damaged_isRefused(String label) {
        for (byte[] bytes :
                List.of(
                        new byte[0],
                        new byte[] {0x30},
                        new byte[] {0x30, (byte) 0x84, 127, 127, 127, 127},
                        new byte[] {0x30, 3, 2, 1},
                        new byte[400])) {
            refused(rsa.certificatePem(), pem(label, bytes), "k.pem is damaged");
        }
    }

    @Test
    void files_withoutWhatTheyShouldHold_areRefused() {
        refused("", rsa.keyPem(), "c.pem holds no certificate");
        refused(rsa.certificatePem(), "", "k.pem holds no private key");
        refused(rsa.keyPem(), rsa.certificatePem(), "c.pem holds no certificate");
        refused(pem("CERTIFICATE", new byte[] {1, 2}), rsa.keyPem(), "c.pem is damaged");
    }

    @Test
    void certificate_expired_isUsedAllTheSame() throws IOException {
        Clock later = Clock.fixed(Instant.now().plus(Duration.ofDays(200)), ZoneOffset.UTC);
        TlsCertificate certificate =
                TlsCertificate.ofFiles(
                        file("c.pem", rsa.certificatePem()), file("k.pem", rsa.keyPem()), later);
        assertEquals("CN=rsa", certificate.subject());
    }

    @Test
    void refresh_takesOverWhatFits_andKeepsWhatItHasOtherwise() throws IOException {
        TlsCertificate certificate = load(rsa.certificatePem(), rsa.keyPem());
        assertFalse(certificate.refresh(), "nothing has changed");
        file("c.pem", ec.certificatePem());
        assertFalse(certificate.refresh(), "the key is not there yet");
        assertEquals("CN=rsa", certificate.subject());
        file("k.pem", ec.keyPem());
        assertTrue(certificate.refresh());
        assertEquals("CN=ec", certificate.subject());
        Files.delete(directory.resolve("c.pem"));
        assertFalse(certificate.refresh());
        assertEquals("CN=ec", certificate.subject());
    }
}
