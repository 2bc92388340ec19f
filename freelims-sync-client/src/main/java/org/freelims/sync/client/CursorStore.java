package org.freelims.sync.client;

import java.nio.file.Path;
import java.util.Optional;
import javax.sql.DataSource;
import org.freelims.sync.protocol.Position;

/**
 * Where the handled positions of one client's subscriptions are kept, so that a program that is
 * started again resumes where it was. Implementations are thread-safe and may block.
 *
 * <p>A client saves after the handler has returned: soon, and at the latest after 100 further
 * calls. So each change is handled at least once, and after a crash the last ones may come again,
 * with the same {@code notification.position()} as before: a change's own name, to tell it by. For
 * exactly once, save the position in the transaction that handles the change; {@link
 * JdbcCursorStore} does that.
 */
public interface CursorStore {
    /**
     * Returns the position saved last under this name.
     *
     * @throws java.io.UncheckedIOException or another unchecked exception if that can't be told;
     *     {@code subscribe} then fails with it
     */
    Optional<Position> load(String name);

    /**
     * Saves a position in place of the one before. When it returns, a crash of this program loses
     * nothing of it.
     *
     * @throws java.io.UncheckedIOException or another unchecked exception if it was not saved; the
     *     one before must still be readable then
     */
    void save(String name, Position position);

    /** Returns a store that keeps nothing: each subscription starts as it says. */
    static CursorStore none() {
        return NoCursorStore.NONE;
    }

    /** Returns a store on the heap, which outlives a client but not the program. */
    static CursorStore inMemory() {
        return new InMemoryCursorStore();
    }

    /**
     * Returns a store in one small text file, made when first saved to. One program at a time may
     * use it. Each save writes a new file beside it, forces it to the disk and puts it in its
     * place: whatever happens, the file is the old one or the new one.
     *
     * @throws java.io.UncheckedIOException if the file is there and can't be read
     */
    static CursorStore file(Path file) {
        return new FileCursorStore(file);
    }

    /**
     * Returns a store in a table of a database, made if it is not there; see {@link
     * JdbcCursorStore}, which can also save in the application's own transaction.
     *
     * @throws IllegalStateException if the database does not answer
     */
    static JdbcCursorStore jdbc(DataSource source) {
        JdbcCursorStore store = new JdbcCursorStore(source);
        store.createTable();
        return store;
    }
}
