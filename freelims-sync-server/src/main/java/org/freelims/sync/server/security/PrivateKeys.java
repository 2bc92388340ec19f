package org.freelims.sync.server.security;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import java.util.Optional;

/** Reads private keys from PEM files: PKCS#8, and what OpenSSL wrote before. Stateless. */
final class PrivateKeys {
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    private PrivateKeys() {}

    /**
     * Returns the first private key of a file.
     *
     * @throws IllegalArgumentException if there is none that can be used; the message says what to
     *     do
     */
    static PrivateKey read(Path file) {
        for (Pem block : Pem.blocks(file)) {
            Optional<byte[]> pkcs8 = pkcs8(block, file);
            if (pkcs8.isPresent()) {
                return key(pkcs8.get(), file);
            }
        }
        throw new IllegalArgumentException(
                file
                        + " holds no private key. It must be a PEM file with a block 'BEGIN PRIVATE"
                        + " KEY'.");
    }

    private static Optional<byte[]> pkcs8(Pem block, Path file) {
        if (block.label().equals("ENCRYPTED PRIVATE KEY") || block.body().contains("ENCRYPTED")) {
            throw new IllegalArgumentException(
                    "The private key in "
                            + file
                            + " is encrypted. Decrypt it ('openssl pkey -in "
                            + file
                            + " -out FILE'), and let nobody but the server read that file.");
        }
        try {
            return switch (block.label()) {
                case "PRIVATE KEY" -> Optional.of(block.bytes());
                case "RSA PRIVATE KEY" -> Optional.of(Der.pkcs8OfRsa(block.bytes()));
                case "EC PRIVATE KEY" -> Optional.of(Der.pkcs8OfEc(block.bytes()));
                default -> Optional.empty();
            };
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            throw damaged(file, e);
        }
    }

    private static PrivateKey key(byte[] pkcs8, Path file) {
        GeneralSecurityException last = null;
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm)
                        .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (InvalidKeySpecException e) {
                last = e; // of another kind, perhaps
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
        throw damaged(file, last);
    }

    private static IllegalArgumentException damaged(
            Path file, @org.jspecify.annotations.Nullable Exception cause) {
        return new IllegalArgumentException(
                "The private key in " + file + " is damaged, or neither RSA, EC nor Ed25519.",
                cause);
    }
}
