package org.freelims.sync.server.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.freelims.sync.server.embedded.EmbeddedPostgresException.Problem;

/**
 * The directory of one embedded PostgreSQL, locked for this process until closed. Confined to the
 * thread that starts or stops the server.
 *
 * <pre>
 * lock              held by the JVM that serves it; the system lets go of it when that JVM dies
 * password          of the role "freelims", readable by its owner only
 * port              where it listened last
 * postgresql.log    what PostgreSQL had to say; the one before is postgresql.log.1
 * postgresql/       PostgreSQL's own data
 * </pre>
 */
final class DataDirectory implements AutoCloseable {
    private static final long LARGEST_LOG_BYTES = 8L * 1024 * 1024;

    /** Locked far behind the end of the file, so that others can read the process number in it. */
    private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

    private static final String PASSWORD = "password";

    private final Path root;
    private final FileChannel channel;
    private final FileLock lock;

    private DataDirectory(Path root, FileChannel channel, FileLock lock) {
        this.root = root;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Makes the directory if there is none, and locks it.
     *
     * @throws EmbeddedPostgresException {@code IN_USE} if another process, or another server in
     *     this one, holds it; {@code NOT_PERMITTED} or {@code DISK_FULL} if it cannot be made or
     *     written; {@code WRONG_DATA} if it is PostgreSQL's own directory, not one of ours
     */
    static DataDirectory open(Path directory) {
        Path root = directory.toAbsolutePath().normalize();
        if (Files.exists(root.resolve("PG_VERSION"))) {
            throw new EmbeddedPostgresException(
                    Problem.WRONG_DATA,
                    root
                            + " is the data directory of a PostgreSQL itself. Start that PostgreSQL"
                            + " and name it with --database-url, or choose another --data-dir.");
        }
        try {
            createPrivateDirectory(root);
            Path file = root.resolve("lock");
            var channel =
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                channel.close();
                throw inUse(root, file);
            }
            var data = new DataDirectory(root, channel, lock);
            try {
                channel.truncate(0);
                channel.write(UTF_8.encode(ProcessHandle.current().pid() + "\n"), 0);
            } catch (IOException e) {
                data.close();
                throw e;
            }
            return data;
        } catch (IOException e) {
            throw Failures.writing("use the data directory " + root, e);
        }
    }

    /** What a directory that somebody serves says about its server. */
    record Held(int port, String password) {}

    static Optional<Held> addressIfHeld(Path directory) {
        Path root = directory.toAbsolutePath().normalize();
        Path file = root.resolve("lock");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (var channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            FileLock free = tryLock(channel);
            if (free != null) {
                free.release();
                return Optional.empty();
            }
            OptionalInt port = portIn(root);
            return port.isPresent()
                    ? Optional.of(new Held(port.getAsInt(), passwordIn(root)))
                    : Optional.empty();
        } catch (IOException e) {
            throw Failures.writing("look into the data directory " + root, e);
        }
    }

    private static @org.jspecify.annotations.Nullable FileLock tryLock(FileChannel channel)
            throws IOException {
        try {
            return channel.tryLock(LOCKED_BYTE, 1, false);
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static EmbeddedPostgresException inUse(Path root, Path lockFile) throws IOException {
        String holder = Files.readString(lockFile).strip();
        return new EmbeddedPostgresException(
                Problem.IN_USE,
                "The data directory "
                        + root
                        + " is in use by another server"
                        + (holder.isEmpty() ? "" : " (process " + holder + ")")
                        + ". Stop that one, or choose another directory with --data-dir.");
    }

    Path root() {
        return root;
    }

    Path postgres() {
        return root.resolve("postgresql");
    }

    Path log() {
        return root.resolve("postgresql.log");
    }

    Path passwordFile() {
        return root.resolve(PASSWORD);
    }

    /** Whether a database has been initialised here, to the end. */
    boolean initialised() {
        return Files.exists(postgres().resolve("PG_VERSION"));
    }

    /**
     * Makes sure that binaries of {@code majorVersion} can open what is here.
     *
     * @throws EmbeddedPostgresException {@code OTHER_VERSION} or {@code WRONG_DATA}
     */
    void checkVersion(int majorVersion) {
        try {
            if (!initialised()) {
                if (Files.exists(postgres()) && !isEmpty(postgres())) {
                    throw new EmbeddedPostgresException(
                            Problem.WRONG_DATA,
                            postgres()
                                    + " is not empty, but holds no PostgreSQL data (no PG_VERSION)."
                                    + " Move it away, or choose another directory with"
                                    + " --data-dir.");
                }
                return;
            }
            String found = Files.readString(postgres().resolve("PG_VERSION")).strip();
            if (!found.equals(Integer.toString(majorVersion))) {
                throw new EmbeddedPostgresException(
                        Problem.OTHER_VERSION,
                        "The data in "
                                + root
                                + " was made by PostgreSQL "
                                + found
                                + ", but this program carries "
                                + majorVersion
                                + ", which cannot read it. Use the program of that time to dump it"
                                + " (pg_dump) and load the dump here into a new --data-dir, or run"
                                + " PostgreSQL "
                                + found
                                + " on it and name that with --database-url.");
            }
        } catch (IOException e) {
            throw Failures.writing("read the data directory " + root, e);
        }
    }

    /**
     * The password kept here.
     *
     * @throws EmbeddedPostgresException {@code WRONG_DATA} if there is data but no password to it
     */
    String password() {
        return passwordIn(root);
    }

    private static String passwordIn(Path root) {
        Path file = root.resolve(PASSWORD);
        try {
            return Files.readString(file).strip();
        } catch (java.nio.file.NoSuchFileException e) {
            throw new EmbeddedPostgresException(
                    Problem.WRONG_DATA,
                    "The file "
                            + file
                            + " with the database's password is gone. Put it back from a backup.",
                    e);
        } catch (IOException e) {
            throw Failures.writing("read " + file, e);
        }
    }

    /** Makes a password of 192 random bits, in a file for its owner's eyes only. */
    void createPassword() throws IOException {
        byte[] secret = new byte[24];
        new SecureRandom().nextBytes(secret);
        Files.deleteIfExists(passwordFile());
        createPrivateFile(passwordFile());
        Files.writeString(
                passwordFile(),
                Base64.getUrlEncoder().withoutPadding().encodeToString(secret) + "\n");
    }

    OptionalInt lastPort() throws IOException {
        return portIn(root);
    }

    private static OptionalInt portIn(Path root) throws IOException {
        Path file = root.resolve("port");
        if (!Files.exists(file)) {
            return OptionalInt.empty();
        }
        try {
            int port = Integer.parseInt(Files.readString(file).strip());
            return port > 0 && port < 65_536 ? OptionalInt.of(port) : OptionalInt.empty();
        } catch (NumberFormatException e) {
            return OptionalInt.empty();
        }
    }

    void rememberPort(int port) throws IOException {
        Path next = root.resolve("port.new");
        Files.writeString(next, port + "\n");
        Files.move(
                next,
                root.resolve("port"),
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.ATOMIC_MOVE);
    }

    void rotateLog() throws IOException {
        if (Files.exists(log()) && Files.size(log()) > LARGEST_LOG_BYTES) {
            Files.move(
                    log(), root.resolve("postgresql.log.1"), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    long logBytes() throws IOException {
        return Files.exists(log()) ? Files.size(log()) : 0;
    }

    /** What PostgreSQL logged since the log had {@code fromBytes}, the last 4 KB of it at most. */
    String logSince(long fromBytes) throws IOException {
        if (!Files.exists(log())) {
            return "";
        }
        try (var file = new RandomAccessFile(log().toFile(), "r")) {
            long from = Math.max(fromBytes, file.length() - 4096);
            var text = ByteBuffer.allocate((int) Math.max(0, file.length() - from));
            file.getChannel().read(text, from);
            return UTF_8.decode(text.flip()).toString().strip();
        }
    }

    /** The user that this process writes files as; on Windows, where users have no numbers, -1. */
    int myUid() {
        try {
            return Files.getFileStore(root).supportsFileAttributeView("posix")
                    ? (Integer) Files.getAttribute(root.resolve("lock"), "unix:uid")
                    : -1;
        } catch (IOException e) {
            throw Failures.writing("read the data directory " + root, e);
        }
    }

    /** Who owns the data, if there is any. */
    Optional<RunAs.Owner> existingOwner() {
        if (!initialised()) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new RunAs.Owner(
                            Files.getOwner(postgres(), LinkOption.NOFOLLOW_LINKS).getName(),
                            (Integer) Files.getAttribute(postgres(), "unix:uid"),
                            (Integer) Files.getAttribute(postgres(), "unix:gid")));
        } catch (IOException e) {
            throw Failures.writing("read the data directory " + root, e);
        }
    }

    /**
     * Gives everything here to {@code owner}, but for the lock, which stays with the process that
     * holds it.
     */
    void give(RunAs.Owner owner) {
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : (Iterable<Path>) tree::iterator) {
                if (!path.equals(root.resolve("lock"))) {
                    Files.setAttribute(path, "unix:uid", owner.uid(), LinkOption.NOFOLLOW_LINKS);
                    Files.setAttribute(path, "unix:gid", owner.gid(), LinkOption.NOFOLLOW_LINKS);
                }
            }
        } catch (IOException e) {
            throw Failures.writing("give " + root + " to the user " + owner.name(), e);
        }
    }

    @Override
    public void close() {
        try {
            lock.release();
            channel.close();
        } catch (IOException e) {
            throw Failures.writing("unlock " + root, e);
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (var children = Files.newDirectoryStream(directory)) {
            return !children.iterator().hasNext();
        }
    }

    private static void createPrivateDirectory(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        if (Files.getFileStore(parent == null ? directory : parent)
                .supportsFileAttributeView("posix")) {
            Files.createDirectory(
                    directory,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        } else {
            Files.createDirectory(directory);
        }
    }

    private static void createPrivateFile(Path file) throws IOException {
        Path parent = file.getParent();
        if (parent != null && Files.getFileStore(parent).supportsFileAttributeView("posix")) {
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
        } else {
            Files.createFile(file);
            OwnerOnly.restrict(file);
        }
    }
}
