package org.freelims.sync.server.embedded;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;

/**
 * Writes ustar archives without times and owners, so that the same content gives the same bytes.
 */
final class TarWriter implements AutoCloseable {
    private static final int BLOCK_BYTES = 512;

    private final OutputStream out;

    TarWriter(OutputStream out) {
        this.out = out;
    }

    void file(String name, boolean executable, byte[] content) throws IOException {
        header(name, '0', content.length, executable ? 0755 : 0644, "");
        out.write(content);
        out.write(new byte[(BLOCK_BYTES - content.length % BLOCK_BYTES) % BLOCK_BYTES]);
    }

    void directory(String name) throws IOException {
        header(name.endsWith("/") ? name : name + "/", '5', 0, 0755, "");
    }

    void symbolicLink(String name, String target) throws IOException {
        header(name, '2', 0, 0777, target);
    }

    void hardLink(String name, String target) throws IOException {
        header(name, '1', 0, 0644, target);
    }

    void header(String name, char type, long size, int mode, String target) throws IOException {
        byte[] header = new byte[BLOCK_BYTES];
        text(header, 0, 100, name);
        text(header, 100, 8, octal(mode, 7));
        text(header, 108, 8, octal(0, 7));
        text(header, 116, 8, octal(0, 7));
        text(header, 124, 12, octal(size, 11));
        text(header, 136, 12, octal(0, 11));
        header[156] = (byte) type;
        text(header, 157, 100, target);
        text(header, 257, 6, "ustar");
        text(header, 263, 2, "00");
        java.util.Arrays.fill(header, 148, 156, (byte) ' ');
        long sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        text(header, 148, 7, octal(sum, 6));
        out.write(header);
    }

    private static String octal(long number, int digits) {
        return String.format(Locale.ROOT, "%0" + digits + "o", number);
    }

    private static void text(byte[] header, int offset, int length, String text)
            throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        if (bytes.length > length) {
            throw new IOException("too long for a tar header: " + new String(bytes, US_ASCII));
        }
        System.arraycopy(bytes, 0, header, offset, bytes.length);
    }

    /** Ends the archive; the stream below stays open. */
    @Override
    public void close() throws IOException {
        out.write(new byte[2 * BLOCK_BYTES]);
    }
}
