package org.freelims.sync.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;

/**
 * See {@link CursorStore#file}. A line is a position, a space and the name, which may hold any
 * character but a line break.
 */
final class FileCursorStore implements CursorStore {
    private final Path file;
    private final Map<String, Position> positions = new TreeMap<>();

    FileCursorStore(Path file) {
        this.file = file.toAbsolutePath();
        read();
    }

    private void read() {
        try {
            if (!Files.exists(file)) {
                return;
            }
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                int space = line.indexOf(' ');
                if (space < 0) {
                    throw new IOException("a line without a space");
                }
                positions.put(line.substring(space + 1), Position.parse(line.substring(0, space)));
            }
        } catch (SyncException e) {
            throw unreadable(new IOException("a line without a position", e));
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private UncheckedIOException unreadable(IOException cause) {
        return new UncheckedIOException(
                "The saved positions in "
                        + file
                        + " can't be read. Repair the file, or remove it to start anew.",
                cause);
    }

    @Override
    public synchronized Optional<Position> load(String name) {
        return Optional.ofNullable(positions.get(name));
    }

    @Override
    public synchronized void save(String name, Position position) {
        if (name.indexOf('\n') >= 0 || name.indexOf('\r') >= 0) {
            throw new IllegalArgumentException("a cursor's name has no line break");
        }
        Position before = positions.put(name, position);
        if (position.equals(before)) {
            return;
        }
        try {
            write();
        } catch (IOException e) {
            if (before == null) {
                positions.remove(name);
            } else {
                positions.put(name, before);
            }
            throw new UncheckedIOException(
                    "The position could not be saved in "
                            + file
                            + ". Check that the directory is there, writable and not full.",
                    e);
        }
    }

    private void write() throws IOException {
        StringBuilder text = new StringBuilder();
        positions.forEach((name, at) -> text.append(at).append(' ').append(name).append('\n'));
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try (FileChannel channel =
                FileChannel.open(
                        fresh,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(
                fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
