package org.freelims.sync.client;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.SyncException;

/** Reads rows for a handler that wants objects. */
final class ReadingHandler<T> implements SyncHandler {
    private final RowReader<T> reader;
    private final RowHandler<T> handler;

    ReadingHandler(RowReader<T> reader, RowHandler<T> handler) {
        this.reader = requireNonNull(reader, "reader");
        this.handler = requireNonNull(handler, "handler");
    }

    /**
     * Reads a row.
     *
     * @throws UncheckedIOException if it does not read
     */
    static <T> T read(RowReader<T> reader, String resource, String json) {
        try {
            return requireNonNull(reader.read(json), "the reader returned null");
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "a row of " + resource + " does not read: " + e.getMessage(), e);
        }
    }

    @Override
    public void onNotification(ServerMessage.Notification n) {
        handler.onChange(new RowChange<>(read(reader, n.resource(), n.data()), n));
    }

    @Override
    public void onSnapshot(ServerMessage.SnapshotPage page) {
        List<T> rows = new ArrayList<>(page.rows().size());
        for (String row : page.rows()) {
            rows.add(read(reader, page.resource(), row));
        }
        handler.onRows(List.copyOf(rows), page.last());
    }

    @Override
    public void onLeft(ServerMessage.Left left) {
        handler.onLeft(left.id());
    }

    @Override
    public void onResync(Resync resync) {
        handler.onResync(resync);
    }

    @Override
    public void onEnded(SyncException why) {
        handler.onEnded(why);
    }
}
