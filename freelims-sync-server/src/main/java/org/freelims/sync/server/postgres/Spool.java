package org.freelims.sync.server.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Rows put aside: in memory up to a bound, then all of them in a file that only we can read and
 * that goes with us. First everything is added, then it is read once. Confined to one thread at a
 * time.
 */
final class Spool implements AutoCloseable {
    private final Path directory;
    private final int memoryBytes;
    private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
    private DataOutputStream out = new DataOutputStream(memory);
    private @Nullable Path file;
    private @Nullable DataInputStream in;
    private long left;

    Spool(Path directory, int memoryBytes) {
        this.directory = directory;
        this.memoryBytes = memoryBytes;
    }

    /** One row; {@code table} is the caller's number for it. */
    record Entry(int table, String id, String data) {}

    void add(int table, String id, String data) {
        try {
            if (file == null && memory.size() > memoryBytes) {
                moveToFile();
            }
            out.writeInt(table);
            write(out, id);
            write(out, data);
            left++;
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    private void moveToFile() throws IOException {
        Path created = Files.createTempFile(directory, "freelims-sync-snapshot-", ".rows");
        file = created;
        OutputStream toFile = Files.newOutputStream(created);
        out = new DataOutputStream(new BufferedOutputStream(toFile, 1 << 16));
        memory.writeTo(out);
        memory.reset();
    }

    /** Returns the next row; empty if that was all. */
    Optional<Entry> next() {
        if (left == 0) {
            return Optional.empty();
        }
        try {
            DataInputStream from = in == null ? startReading() : in;
            left--;
            return Optional.of(new Entry(from.readInt(), read(from), read(from)));
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    private DataInputStream startReading() throws IOException {
        out.close();
        DataInputStream from =
                new DataInputStream(
                        file == null
                                ? new ByteArrayInputStream(memory.toByteArray())
                                : new BufferedInputStream(Files.newInputStream(file), 1 << 16));
        memory.reset();
        in = from;
        return from;
    }

    private static void write(DataOutputStream to, String text) throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        to.writeInt(bytes.length);
        to.write(bytes);
    }

    private static String read(DataInputStream from) throws IOException {
        return new String(from.readNBytes(from.readInt()), UTF_8);
    }

    private UncheckedIOException unusable(IOException e) {
        return new UncheckedIOException(
                "a snapshot's rows can't be put aside in " + directory + ": " + e.getMessage(), e);
    }

    @Override
    public void close() {
        left = 0;
        try {
            out.close();
            if (in != null) {
                in.close();
            }
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw unusable(e);
        }
    }
}
