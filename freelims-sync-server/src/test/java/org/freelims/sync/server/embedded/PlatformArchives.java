package org.freelims.sync.server.embedded;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZInputStream;
import org.tukaani.xz.XZOutputStream;

/**
 * Packs PostgreSQL's binaries anew for the runnable jar, at build time: without what a server never
 * opens, each content once (macOS' archive holds its largest libraries three times), and with a
 * dictionary that spans both halves of a universal binary.
 *
 * <pre>PlatformArchives CACHE OUTPUT (ARCHIVE NAME)...</pre>
 *
 * <p>An archive that was packed before is taken from CACHE.
 */
final class PlatformArchives {
    /** Part of the cache's key: raise it when anything here changes what comes out. */
    private static final int VERSION = 1;

    private static final int DICTIONARY_BYTES = 48 * 1024 * 1024;

    /** Build files, documentation, translations, the installer's and other languages' parts. */
    private static final List<String> LEFT_OUT_FOLDERS =
            List.of(
                    "include/",
                    "doc/",
                    "share/doc/",
                    "share/man/",
                    "share/locale/",
                    "lib/pkgconfig/",
                    "lib/postgresql/pgxs/",
                    "lib/pgxs/",
                    "installer/",
                    "StackBuilder/",
                    "pgAdmin 4/",
                    "symbols/");

    private PlatformArchives() {}

    public static void main(String[] args) throws IOException {
        Path cache = Files.createDirectories(Path.of(args[0]));
        Path output = Files.createDirectories(Path.of(args[1]));
        for (int i = 2; i + 1 < args.length; i += 2) {
            Path archive = Path.of(args[i]);
            String key = key(archive);
            Path packed = cache.resolve(key + ".txz");
            if (!Files.exists(packed)) {
                System.out.println(
                        "Packing " + archive.getFileName() + " anew (once; about a minute)");
                Path unfinished = cache.resolve(key + ".unfinished");
                pack(archive, unfinished);
                Files.move(unfinished, packed, StandardCopyOption.ATOMIC_MOVE);
            }
            Path result = output.resolve(args[i + 1]);
            Files.copy(packed, result, StandardCopyOption.REPLACE_EXISTING);
            System.out.printf("%s: %.1f MB%n", result.getFileName(), Files.size(result) / 1e6);
        }
    }

    private static void pack(Path archive, Path to) throws IOException {
        // higher presets take minutes and save 2 %
        var options = new LZMA2Options(1);
        options.setDictSize(DICTIONARY_BYTES);
        try (InputStream in = new XZInputStream(Files.newInputStream(archive));
                var out =
                        new XZOutputStream(
                                new BufferedOutputStream(Files.newOutputStream(to)), options);
                var tar = new TarWriter(out)) {
            copy(new TarReader(in), tar);
        }
    }

    private static void copy(TarReader from, TarWriter to) throws IOException {
        Map<String, String> seen = new HashMap<>();
        for (var next = from.next(); next.isPresent(); next = from.next()) {
            var entry = next.get();
            String name = entry.name();
            if (leftOut(name)) {
                continue;
            }
            switch (entry.kind()) {
                case DIRECTORY -> to.directory(name);
                case SYMBOLIC_LINK -> to.symbolicLink(name, entry.target());
                case HARD_LINK -> to.hardLink(name, entry.target());
                case FILE -> {
                    byte[] content = from.content().readAllBytes();
                    String same =
                            content.length == 0
                                    ? null
                                    : seen.putIfAbsent(entry.executable() + digest(content), name);
                    if (same == null) {
                        to.file(name, entry.executable(), content);
                    } else {
                        to.hardLink(name, same);
                    }
                }
            }
        }
    }

    static boolean leftOut(String name) {
        if (LEFT_OUT_FOLDERS.stream().anyMatch(name::startsWith)) {
            return true;
        }
        String file = name.substring(name.lastIndexOf('/') + 1);
        return file.endsWith(".a")
                || file.endsWith(".lib")
                || file.endsWith(".pdb")
                || (file.startsWith("wx") && file.endsWith(".dll"))
                || file.startsWith("stackbuilder")
                || file.matches("(hstore_|jsonb_|ltree_|bool_)?pl(perl|python|python3|tcl)u?\\..*");
    }

    private static String key(Path archive) throws IOException {
        return VERSION + "-" + HexFormat.of().formatHex(sha256(Files.readAllBytes(archive)), 0, 12);
    }

    private static String digest(byte[] content) {
        return Base64.getEncoder().encodeToString(sha256(content));
    }

    private static byte[] sha256(byte[] content) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
