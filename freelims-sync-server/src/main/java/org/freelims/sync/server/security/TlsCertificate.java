package org.freelims.sync.server.security;

import static java.util.Objects.requireNonNull;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;

/**
 * The certificate that a server shows, and its private key, from PEM files. {@link #refresh} reads
 * files that have changed: handshakes from then on get the new certificate, connections that are
 * open stay. Thread-safe.
 */
public final class TlsCertificate {
    private static final Logger LOG = System.getLogger(TlsCertificate.class.getName());
    private static final Duration SOON = Duration.ofDays(14);

    private final Path certificateFile;
    private final Path keyFile;
    private final Clock clock;
    private final ServedKey served;

    // guarded by this
    private Texts read;
    private String failed = "";
    private boolean told;

    /** What stands in the files. */
    private record Texts(String certificate, String key) {}

    private TlsCertificate(Path certificateFile, Path keyFile, Clock clock) {
        this.certificateFile = requireNonNull(certificateFile, "certificateFile");
        this.keyFile = requireNonNull(keyFile, "keyFile");
        this.clock = requireNonNull(clock, "clock");
        this.read = texts();
        this.served = new ServedKey(load());
    }

    /**
     * Reads a certificate.
     *
     * @param certificate the server's own certificate, then those of its issuers, if any
     * @param key its private key: PKCS#8, or as OpenSSL wrote RSA and EC keys before; not encrypted
     * @throws IllegalArgumentException if they can't be used; the message says which file, why, and
     *     what to do
     */
    public static TlsCertificate ofFiles(Path certificate, Path key) {
        return new TlsCertificate(certificate, key, Clock.systemUTC());
    }

    static TlsCertificate ofFiles(Path certificate, Path key, Clock clock) {
        return new TlsCertificate(certificate, key, clock);
    }

    /** Returns what a TLS server needs to show this certificate, also after it was changed. */
    public SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {served}, null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no TLS", e);
        }
    }

    /**
     * Reads the files again if they have changed. If they can't be used, the certificate in use
     * stays, and the log says why; not at the first time, as the files may be changed one after the
     * other.
     *
     * @return whether another certificate is in use now
     */
    public synchronized boolean refresh() {
        Texts now;
        try {
            now = texts();
            if (now.equals(read)) {
                failed = "";
                return false;
            }
            served.replace(load());
        } catch (IllegalArgumentException e) {
            keptFor(e);
            return false;
        }
        read = now;
        failed = "";
        LOG.log(Level.INFO, "The TLS certificate was replaced; it is that of {0} now", subject());
        return true;
    }

    private void keptFor(IllegalArgumentException why) {
        String what = String.valueOf(why.getMessage());
        if (!what.equals(failed)) {
            failed = what;
            told = false;
        } else if (!told) {
            told = true;
            LOG.log(
                    Level.WARNING,
                    "The TLS certificate was changed but can''t be used, so the one before stays in"
                            + " use. {0}",
                    what);
        }
    }

    private Texts texts() {
        return new Texts(Pem.read(certificateFile), Pem.read(keyFile));
    }

    private ServedKey.Pair load() {
        List<X509Certificate> chain = Certificates.read(certificateFile);
        PrivateKey key = PrivateKeys.read(keyFile);
        if (!belong(chain.get(0), key)) {
            throw new IllegalArgumentException(
                    "The private key in "
                            + keyFile
                            + " is not that of the first certificate in "
                            + certificateFile
                            + ". The server's own certificate must come first, before its"
                            + " issuers'.");
        }
        warnOfTime(chain.get(0));
        return new ServedKey.Pair(chain, key);
    }

    private static boolean belong(X509Certificate certificate, PrivateKey key) {
        String algorithm =
                switch (key.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> "EdDSA";
                };
        byte[] text = {1, 2, 3};
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(text);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(text);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false; // not even of the same kind
        }
    }

    private void warnOfTime(X509Certificate certificate) {
        Instant now = clock.instant();
        Instant end = certificate.getNotAfter().toInstant();
        if (now.isAfter(end)) {
            warn("has expired, at " + end + ": clients will refuse it. Replace it");
        } else if (now.isBefore(certificate.getNotBefore().toInstant())) {
            warn(
                    "is not valid before "
                            + certificate.getNotBefore().toInstant()
                            + ": clients will refuse it until then. Check this machine's clock");
        } else if (now.plus(SOON).isAfter(end)) {
            warn("expires at " + end + ". Replace it before");
        }
    }

    private void warn(String what) {
        LOG.log(Level.WARNING, "The TLS certificate in {0} {1}.", certificateFile, what);
    }

    /** Returns whom the certificate in use names, as X.500 has it. */
    public String subject() {
        return served.subject();
    }
}
