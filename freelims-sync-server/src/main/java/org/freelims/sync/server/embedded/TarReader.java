package org.freelims.sync.server.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * Reads a tar archive in order: ustar names with prefix and GNU long names, files, directories and
 * links. Anything else in an archive is an error, so that nothing is left out in silence. Confined
 * to one thread.
 */
final class TarReader {
    private static final int BLOCK_BYTES = 512;
    private static final int LONGEST_NAME_BYTES = 4096;

    enum Kind {
        FILE,
        DIRECTORY,
        SYMBOLIC_LINK,
        HARD_LINK
    }

    /**
     * One entry's header.
     *
     * @param target where a link leads; empty for others
     */
    record Entry(String name, Kind kind, long sizeBytes, boolean executable, String target) {}

    private final InputStream in;
    private final byte[] header = new byte[BLOCK_BYTES];
    private long contentLeftBytes;
    private long paddingBytes;

    TarReader(InputStream in) {
        this.in = in;
    }

    /** The next entry, after whatever is left of this one; empty at the end of the archive. */
    Optional<Entry> next() throws IOException {
        String longName = "";
        String longTarget = "";
        while (true) {
            in.skipNBytes(contentLeftBytes + paddingBytes);
            contentLeftBytes = 0;
            paddingBytes = 0;
            if (!readHeader()) {
                return Optional.empty();
            }
            long size = octal(124, 12);
            contentLeftBytes = size;
            paddingBytes = (BLOCK_BYTES - size % BLOCK_BYTES) % BLOCK_BYTES;
            char type = (char) header[156];
            switch (type) {
                case 'L' -> longName = longText(size);
                case 'K' -> longTarget = longText(size);
                default -> {
                    String name = longName.isEmpty() ? shortName() : longName;
                    String target = longTarget.isEmpty() ? text(157, 100) : longTarget;
                    boolean executable = (octal(100, 8) & 0111) != 0;
                    return Optional.of(new Entry(name, kind(type, name), size, executable, target));
                }
            }
        }
    }

    /**
     * The content of the entry that {@link #next} returned last; valid until it is called again.
     */
    InputStream content() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                if (contentLeftBytes == 0) {
                    return -1;
                }
                int n = in.read(buffer, offset, (int) Math.min(length, contentLeftBytes));
                if (n < 0) {
                    throw new EOFException("the archive ends inside a file");
                }
                contentLeftBytes -= n;
                return n;
            }
        };
    }

    private boolean readHeader() throws IOException {
        int n = in.readNBytes(header, 0, BLOCK_BYTES);
        if (n == 0 || header[0] == 0) {
            return false;
        }
        if (n < BLOCK_BYTES) {
            throw new EOFException("the archive ends inside a header");
        }
        long sum = 8L * ' ';
        for (int i = 0; i < BLOCK_BYTES; i++) {
            sum += i >= 148 && i < 156 ? 0 : header[i] & 0xff;
        }
        if (sum != octal(148, 8)) {
            throw new IOException("the archive is damaged: a header's checksum is wrong");
        }
        return true;
    }

    private String longText(long size) throws IOException {
        if (size > LONGEST_NAME_BYTES) {
            throw new IOException("the archive is damaged: a name of " + size + " bytes");
        }
        byte[] name = content().readAllBytes();
        int length = name.length;
        while (length > 0 && name[length - 1] == 0) {
            length--;
        }
        return new String(name, 0, length, UTF_8);
    }

    private String shortName() {
        boolean ustar = text(257, 6).equals("ustar") && header[262] == 0;
        String prefix = ustar ? text(345, 155) : "";
        return prefix.isEmpty() ? text(0, 100) : prefix + "/" + text(0, 100);
    }

    private static Kind kind(char type, String name) throws IOException {
        return switch (type) {
            case '0', '\0' -> name.endsWith("/") ? Kind.DIRECTORY : Kind.FILE;
            case '1' -> Kind.HARD_LINK;
            case '2' -> Kind.SYMBOLIC_LINK;
            case '5' -> Kind.DIRECTORY;
            default ->
                    throw new IOException(
                            "the archive has an entry of unknown type '" + type + "': " + name);
        };
    }

    private String text(int offset, int length) {
        int end = offset;
        while (end < offset + length && header[end] != 0) {
            end++;
        }
        return new String(header, offset, end - offset, UTF_8);
    }

    private long octal(int offset, int length) throws IOException {
        String digits = text(offset, length).strip();
        try {
            return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
        } catch (NumberFormatException e) {
            throw new IOException(
                    "the archive is damaged: '" + digits + "' is not an octal number", e);
        }
    }
}
