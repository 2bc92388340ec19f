package org.freelims.sync.server.security;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Certificates in PEM files. Stateless. */
public final class Certificates {
    private Certificates() {}

    /**
     * Returns what a client needs that trusts the certificates of a file, and those they were used
     * to issue, and no others.
     *
     * @throws IllegalArgumentException if they can't be read; the message names the file
     */
    public static SSLContext trusting(Path file) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (X509Certificate certificate : read(file)) {
                store.setCertificateEntry("trusted-" + store.size(), certificate);
            }
            TrustManagerFactory trust =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no TLS", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns a file's certificates, one at least.
     *
     * @throws IllegalArgumentException if they can't be read; the message names the file
     */
    static List<X509Certificate> read(Path file) {
        List<X509Certificate> certificates = new ArrayList<>();
        List<Pem> blocks = Pem.blocks(file);
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (Pem block : blocks) {
                if (block.label().equals("CERTIFICATE")) {
                    certificates.add(
                            (X509Certificate)
                                    factory.generateCertificate(
                                            new ByteArrayInputStream(block.bytes())));
                }
            }
        } catch (CertificateException | IllegalArgumentException e) {
            throw new IllegalArgumentException("A certificate in " + file + " is damaged.", e);
        }
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException(
                    file
                            + " holds no certificate. It must be a PEM file with a block 'BEGIN"
                            + " CERTIFICATE'.");
        }
        return certificates;
    }
}
