package org.freelims.sync.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate of its own making for {@code localhost} and {@code 127.0.0.1}, with its key. Made
 * by the JDK's keytool. Immutable.
 */
public record CertificateForTests(X509Certificate certificate, PrivateKey key) {
    private static final String PASSWORD = "password";

    /**
     * Makes one.
     *
     * @param algorithm {@code RSA}, {@code EC} or {@code Ed25519}
     * @param name whom it names
     */
    public static CertificateForTests make(Path directory, String algorithm, String name) {
        try {
            Path store = directory.resolve(name + ".p12");
            List<String> command =
                    List.of(
                            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                            "-genkeypair",
                            "-keystore",
                            store.toString(),
                            "-storetype",
                            "PKCS12",
                            "-storepass",
                            PASSWORD,
                            "-alias",
                            "a",
                            "-keyalg",
                            algorithm,
                            "-dname",
                            "CN=" + name,
                            "-validity",
                            "100",
                            "-ext",
                            "san=dns:localhost,ip:127.0.0.1");
            Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
            if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
                throw new IllegalStateException("keytool failed: " + said);
            }
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(new ByteArrayInputStream(Files.readAllBytes(store)), PASSWORD.toCharArray());
            return new CertificateForTests(
                    (X509Certificate) keys.getCertificate("a"),
                    (PrivateKey) keys.getKey("a", PASSWORD.toCharArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Returns a block of a PEM file. */
    public static String pem(String label, byte[] bytes) {
        return "-----BEGIN "
                + label
                + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
                + "\n-----END "
                + label
                + "-----\n";
    }

    /** Returns the certificate as PEM. */
    public String certificatePem() {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the key as PEM, PKCS#8. */
    public String keyPem() {
        return pem("PRIVATE KEY", key.getEncoded());
    }

    /** Writes both files anew. */
    public void write(Path certificateFile, Path keyFile) {
        try {
            Files.writeString(certificateFile, certificatePem());
            Files.writeString(keyFile, keyPem());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns what a client needs that trusts these certificates and no other. */
    public static SSLContext trusting(CertificateForTests... trusted) {
        try {
            KeyStore keys = KeyStore.getInstance(KeyStore.getDefaultType());
            keys.load(null, null);
            for (int i = 0; i < trusted.length; i++) {
                keys.setCertificateEntry("c" + i, trusted[i].certificate);
            }
            TrustManagerFactory trust =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(keys);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
