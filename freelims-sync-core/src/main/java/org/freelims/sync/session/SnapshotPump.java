package org.freelims.sync.session;

import java.time.Duration;
import java.util.List;
import org.freelims.sync.log.SnapshotSource;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.transport.Frame;

/**
 * Sends what a client is to be told of a snapshot's rows, a page at a time and no faster than it
 * reads. Confined to the hub's loop; the snapshot itself is read, filtered and encoded on the
 * blocking executor, by one task at a time.
 */
final class SnapshotPump {
    private static final int ROWS_A_PAGE = 200;

    /** What is told, and what comes after it. */
    interface Use {
        /** Returns whose snapshot it is: the subscription's expression. */
        String to();

        /**
         * Returns the frames of one page; called by one task at a time on the blocking executor.
         */
        List<Frame> frames(List<SnapshotSource.Row> rows, boolean last);

        /** The last page was sent. */
        void done();

        /** The snapshot could not be read to its end. */
        void failed(SyncException e);
    }

    private final Session session;
    private final Node node;
    private final SnapshotSource.Snapshot snapshot;
    private final Runnable freed;
    private final Use use;
    private final long highBytes;
    private List<SnapshotSource.Row> ahead = List.of(); // read by the one task under way
    private boolean started;
    private boolean reading;
    private boolean cancelled;
    private final long openedNanos;
    private long rows; // counted by the one task under way

    /**
     * @param freed run once the snapshot is closed
     */
    SnapshotPump(
            Session session, Node node, SnapshotSource.Snapshot snapshot, Runnable freed, Use use) {
        this.session = session;
        this.node = node;
        this.snapshot = snapshot;
        this.freed = freed;
        this.use = use;
        this.openedNanos = node.scheduler().nanoTime();
        this.highBytes = Math.max(1, node.limits().pendingBytes() / 2);
    }

    /** Sends the next page unless one is being read or the client has enough to read. */
    void resume() {
        if (reading || cancelled) {
            return;
        }
        if (session.connection().pendingBytes() >= highBytes) {
            session.catchUp().awaitDrain();
            return;
        }
        reading = true;
        node.blocking()
                .execute(
                        () -> {
                            try {
                                Page page = read();
                                node.loop().execute(() -> sent(page));
                            } catch (RuntimeException e) {
                                node.loop().execute(() -> failed(e));
                            }
                        });
    }

    private record Page(List<Frame> frames, boolean last, long rows) {}

    /** Reads one page ahead, to know which is the last. */
    private Page read() {
        List<SnapshotSource.Row> page = started ? ahead : snapshot.next(ROWS_A_PAGE);
        started = true;
        ahead = page.isEmpty() ? page : snapshot.next(ROWS_A_PAGE);
        boolean last = ahead.isEmpty();
        rows += page.size();
        return new Page(use.frames(page, last), last, rows);
    }

    private void sent(Page page) {
        reading = false;
        if (cancelled || session.isClosed()) {
            close();
            return;
        }
        page.frames().forEach(session::answer);
        if (page.last()) {
            close();
            use.done();
            told(page.rows());
        } else {
            resume();
        }
    }

    private void told(long rowsRead) {
        var sent =
                new HubListener.SnapshotSent(
                        session.connection().id(),
                        session.connection().remoteAddress(),
                        use.to(),
                        rowsRead,
                        Duration.ofNanos(node.scheduler().nanoTime() - openedNanos));
        node.tell(listener -> listener.snapshotSent(sent));
    }

    private void failed(RuntimeException e) {
        reading = false;
        boolean wanted = !cancelled && !session.isClosed();
        close();
        if (wanted) {
            use.failed(Node.asSync(e, "The snapshot"));
        }
    }

    /** Stops; the snapshot is closed as soon as nothing reads it. */
    void cancel() {
        if (!cancelled) {
            cancelled = true;
            if (!reading) {
                close();
            }
        }
    }

    private void close() {
        cancelled = true;
        node.blocking()
                .execute(
                        () -> {
                            snapshot.close();
                            node.loop().execute(freed);
                        });
    }
}
