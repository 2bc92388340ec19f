package org.freelims.sync.server.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.freelims.sync.server.embedded.EmbeddedPostgresException.Problem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

final class BinariesTest {
    private static final Platform PLATFORM =
            new Platform(Platform.OperatingSystem.LINUX, "x86_64", false);

    @TempDir Path directory;
    private Path cache = Path.of("unset");
    private URL archive = BinariesTest.class.getResource("BinariesTest.class");

    @BeforeEach
    void pack() throws IOException {
        cache = directory.resolve("cache");
        archive = pack("fake.txz", "bin/postgres");
    }

    private URL pack(String name, String program) throws IOException {
        Path file = directory.resolve(name);
        try (OutputStream out =
                        new XZOutputStream(Files.newOutputStream(file), new LZMA2Options(0));
                var tar = new TarWriter(out)) {
            tar.file(program, true, "program".getBytes(UTF_8));
            tar.file(
                    "share/postgresql/postgres.bki",
                    false,
                    "# PostgreSQL 18\nmore".getBytes(UTF_8));
            tar.file("lib/libpq.a", false, new byte[10]);
            tar.file("lib/libpq.so.5", false, new byte[10]);
            tar.symbolicLink("lib/libpq.so", "libpq.so.5");
            tar.hardLink("lib/same.so", "lib/libpq.so.5");
        }
        return file.toUri().toURL();
    }

    private Binaries unpack() {
        return Binaries.unpack(PLATFORM, cache, archive);
    }

    private List<Path> foldersInCache() throws IOException {
        try (Stream<Path> children = Files.list(cache)) {
            return children.filter(Files::isDirectory).toList();
        }
    }

    @Test
    void unpack_intoAnEmptyCache_leavesOutWhatNobodyRuns() throws IOException {
        var binaries = unpack();

        assertEquals(18, binaries.majorVersion());
        assertTrue(Files.isExecutable(binaries.program("postgres")));
        assertFalse(Files.isExecutable(binaries.home().resolve("lib/libpq.so.5")) && notRoot());
        assertFalse(Files.exists(binaries.home().resolve("lib/libpq.a")));
        assertEquals(10, Files.size(binaries.home().resolve("lib/libpq.so")));
        assertEquals(10, Files.size(binaries.home().resolve("lib/same.so")));
        assertEquals(List.of(binaries.home()), foldersInCache());
    }

    private static boolean notRoot() {
        return !System.getProperty("user.name").equals("root");
    }

    @Test
    void unpack_aSecondTime_touchesNothing() throws IOException {
        Path program = unpack().program("postgres");
        var longAgo = FileTime.from(Instant.EPOCH);
        Files.setLastModifiedTime(program, longAgo);

        assertEquals(program, unpack().program("postgres"));
        assertEquals(longAgo, Files.getLastModifiedTime(program));
    }

    @Test
    void unpack_byManyAtOnce_happensOnce() throws IOException {
        var all =
                IntStream.range(0, 8)
                        .mapToObj(i -> CompletableFuture.supplyAsync(this::unpack))
                        .toList();

        assertEquals(1, all.stream().map(CompletableFuture::join).distinct().count());
        assertEquals(1, foldersInCache().size());
    }

    @Test
    void unpack_afterAFileWasLostOrCut_replacesTheFolder() throws IOException {
        Path program = unpack().program("postgres");
        Files.delete(program);
        assertTrue(Files.exists(unpack().program("postgres")));

        Files.write(program, new byte[0]);
        assertEquals(7, Files.size(unpack().program("postgres")));
        assertEquals(1, foldersInCache().size());
    }

    @Test
    void unpack_whereAnotherWasKilledMidway_clearsThatAway() throws IOException {
        Files.createDirectories(cache.resolve(".unpacking-123/bin"));

        unpack();

        assertEquals(1, foldersInCache().size());
    }

    @Test
    void unpack_anArchiveThatLeavesItsFolder_isRefused() throws IOException {
        archive = pack("evil.txz", "../../evil");

        assertThrows(EmbeddedPostgresException.class, this::unpack);
        assertFalse(Files.exists(directory.resolve("evil")));
    }

    @Test
    void unpack_withoutAnArchiveForThePlatform_saysWhatWasLookedFor() {
        var mips = new Platform(Platform.OperatingSystem.LINUX, "mips", false);

        var e = assertThrows(EmbeddedPostgresException.class, () -> Binaries.unpack(mips, cache));

        assertEquals(Problem.UNSUPPORTED_PLATFORM, e.problem());
        assertTrue(e.getMessage().contains("postgres-linux-mips.txz"), e.getMessage());
    }
}
