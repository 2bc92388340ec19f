package org.freelims.sync.server.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import org.freelims.sync.server.embedded.TarReader.Kind;
import org.junit.jupiter.api.Test;

final class TarReaderTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TarWriter writer = new TarWriter(bytes);

    private TarReader reader() {
        return new TarReader(new ByteArrayInputStream(bytes.toByteArray()));
    }

    @Test
    void next_overEveryKind_tellsThemApart() throws IOException {
        writer.directory("bin");
        writer.file("bin/tool", true, "run".getBytes(UTF_8));
        writer.file("readme", false, new byte[512]);
        writer.symbolicLink("lib.so", "lib.so.1");
        writer.hardLink("again", "readme");
        writer.close();
        var tar = reader();

        assertEquals(
                new TarReader.Entry("bin/", Kind.DIRECTORY, 0, true, ""), tar.next().orElseThrow());
        assertEquals(
                new TarReader.Entry("bin/tool", Kind.FILE, 3, true, ""), tar.next().orElseThrow());
        assertEquals("run", new String(tar.content().readAllBytes(), UTF_8));
        var readme = tar.next().orElseThrow();
        assertEquals("readme", readme.name());
        assertFalse(readme.executable());
        assertEquals("lib.so.1", tar.next().orElseThrow().target());
        assertEquals(
                new TarReader.Entry("again", Kind.HARD_LINK, 0, false, "readme"),
                tar.next().orElseThrow());
        assertTrue(tar.next().isEmpty());
    }

    @Test
    void next_afterAGnuLongName_usesIt() throws IOException {
        String name = "share/" + "x".repeat(200);
        writer.header("././@LongLink", 'L', name.length() + 1, 0644, "");
        byte[] block = new byte[512];
        System.arraycopy(name.getBytes(UTF_8), 0, block, 0, name.length());
        bytes.write(block);
        writer.file("share/xxx", false, new byte[0]);
        writer.close();

        assertEquals(name, reader().next().orElseThrow().name());
    }

    @Test
    void next_onADamagedHeader_fails() throws IOException {
        writer.file("a", false, new byte[0]);
        byte[] damaged = bytes.toByteArray();
        damaged[3] ^= 1;

        assertThrows(
                IOException.class, () -> new TarReader(new ByteArrayInputStream(damaged)).next());
    }

    @Test
    void next_onAnUnknownType_failsRatherThanLeavingItOut() throws IOException {
        writer.header("fifo", '6', 0, 0644, "");

        assertThrows(IOException.class, () -> reader().next());
    }

    @Test
    void content_ofATruncatedArchive_fails() throws IOException {
        writer.file("a", false, new byte[600]);
        var tar = new TarReader(new ByteArrayInputStream(Arrays.copyOf(bytes.toByteArray(), 700)));
        tar.next();

        assertThrows(EOFException.class, () -> tar.content().readAllBytes());
    }
}
