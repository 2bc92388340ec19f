package org.freelims.sync.server.security;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;

/**
 * The key that tokens are signed with. Whoever has it can sign in as anybody, so it is never
 * printed. Immutable.
 */
public final class TokenSecret {
    /** HS256 asks for a key as long as its hash. */
    public static final int MIN_BYTES = 32;

    /** The file in the data directory that keeps a generated secret. */
    public static final String FILE_NAME = "token-secret";

    private static final Logger LOG = System.getLogger(TokenSecret.class.getName());
    private static final Set<PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rw-------");

    private final byte[] bytes;

    private TokenSecret(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Takes a secret as configured, its characters in UTF-8, as FreeLIMS' {@code SECRET_KEY} is
     * taken: with the same text, tokens of either server are good for both.
     *
     * @throws IllegalArgumentException if it is shorter than {@link #MIN_BYTES}
     */
    public static TokenSecret of(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length < MIN_BYTES) {
            throw new IllegalArgumentException(
                    "The token secret is "
                            + bytes.length
                            + " bytes long and must be at least "
                            + MIN_BYTES
                            + ". Set a longer one (for example the output of `openssl rand -hex"
                            + " 32`), or none: then one is generated and kept in the data"
                            + " directory.");
        }
        return new TokenSecret(bytes);
    }

    /**
     * Reads the secret kept in {@code dataDir}, or generates one and keeps it there, readable by
     * its owner only.
     *
     * @throws UncheckedIOException if the file can neither be read nor written
     * @throws IllegalArgumentException if the file holds too short a secret
     */
    public static TokenSecret keptIn(Path dataDir, SecureRandom random) {
        Path file = dataDir.resolve(FILE_NAME);
        try {
            Files.createDirectories(dataDir);
            if (!Files.exists(file)) {
                generate(file, random);
            }
            restrict(file);
            return of(Files.readString(file, StandardCharsets.UTF_8).strip());
        } catch (IOException e) {
            throw new UncheckedIOException("Can't keep the token secret in " + file, e);
        }
    }

    /* Complete under another name first, so that a crash never leaves half a secret. */
    private static void generate(Path file, SecureRandom random) throws IOException {
        byte[] key = new byte[48];
        random.nextBytes(key);
        String text = Base64.getUrlEncoder().withoutPadding().encodeToString(key);
        Path directory = file.toAbsolutePath().getParent();
        Path draft = Files.createTempFile(directory, FILE_NAME, ".new", ownerOnly(file));
        try {
            Files.writeString(draft, text + "\n", StandardCharsets.UTF_8);
            try {
                Files.createLink(file, draft); // fails, atomically, where another was first
            } catch (UnsupportedOperationException e) {
                Files.move(draft, file);
            }
        } catch (FileAlreadyExistsException e) {
            LOG.log(Level.DEBUG, "Another process generated {0} first", file);
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    private static FileAttribute<?>[] ownerOnly(Path file) {
        return isPosix(file)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
                : new FileAttribute<?>[0];
    }

    private static void restrict(Path file) throws IOException {
        if (isPosix(file) && !OWNER_ONLY.containsAll(Files.getPosixFilePermissions(file))) {
            LOG.log(
                    Level.WARNING,
                    "{0} could be read by others; it is now its owner''s only. If others use this"
                            + " machine, delete the file and restart to get a new secret.",
                    file);
            Files.setPosixFilePermissions(file, OWNER_ONLY);
        }
    }

    private static boolean isPosix(Path file) {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public String toString() {
        return "TokenSecret[" + bytes.length + " bytes]";
    }
}
