package org.freelims.sync.server.embedded;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.freelims.sync.server.embedded.EmbeddedPostgresException.Problem;

/**
 * An operating system and a processor, in the spelling of the binaries' archive names. Immutable.
 *
 * @param musl whether the C library is musl (Alpine), for which binaries are built separately
 */
record Platform(OperatingSystem os, String processor, boolean musl) {
    enum OperatingSystem {
        LINUX,
        DARWIN,
        WINDOWS;

        String spelling() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The platform this JVM runs on.
     *
     * @throws EmbeddedPostgresException {@code UNSUPPORTED_PLATFORM} if PostgreSQL's binaries exist
     *     for none such
     */
    static Platform current() {
        return of(
                System.getProperty("os.name", ""),
                System.getProperty("os.arch", ""),
                muslIsPresent());
    }

    static Platform of(String osName, String osArch, boolean musl) {
        String name = osName.toLowerCase(Locale.ROOT);
        OperatingSystem os;
        if (name.startsWith("linux")) {
            os = OperatingSystem.LINUX;
        } else if (name.startsWith("mac") || name.startsWith("darwin")) {
            os = OperatingSystem.DARWIN;
        } else if (name.startsWith("windows")) {
            os = OperatingSystem.WINDOWS;
        } else {
            throw unsupported(osName, osArch);
        }
        String processor =
                switch (osArch.toLowerCase(Locale.ROOT)) {
                    case "amd64", "x86_64", "x64" -> "x86_64";
                    // Windows on ARM runs x86-64 programs, and there are no others of PostgreSQL
                    case "aarch64", "arm64" -> os == OperatingSystem.WINDOWS ? "x86_64" : "arm_64";
                    default -> throw unsupported(osName, osArch);
                };
        return new Platform(os, processor, musl && os == OperatingSystem.LINUX);
    }

    boolean windows() {
        return os == OperatingSystem.WINDOWS;
    }

    boolean linux() {
        return os == OperatingSystem.LINUX;
    }

    /** Names of the resources that may hold this platform's binaries, the best first. */
    List<String> archives() {
        String base = "postgres-" + os.spelling() + "-" + processor;
        if (musl) {
            return List.of(base + "-alpine_linux.txz");
        }
        // macOS binaries are universal: the archive of either processor serves both
        return os == OperatingSystem.DARWIN
                ? List.of(base + ".txz", "postgres-darwin-universal.txz")
                : List.of(base + ".txz");
    }

    @Override
    public String toString() {
        return os.spelling() + "-" + processor + (musl ? "-alpine" : "");
    }

    private static EmbeddedPostgresException unsupported(String osName, String osArch) {
        return new EmbeddedPostgresException(
                Problem.UNSUPPORTED_PLATFORM,
                "There is no embedded PostgreSQL for "
                        + osName
                        + " on "
                        + osArch
                        + ". Install PostgreSQL 13 or later and name it with --database-url.");
    }

    private static boolean muslIsPresent() {
        return Files.exists(Path.of("/etc/alpine-release"));
    }
}
