package org.freelims.sync.session;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.freelims.sync.log.SnapshotSource;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.subscription.Feed;
import org.freelims.sync.transport.Frame;

/**
 * Sends one subscription's snapshot, a page at a time and no faster than the client reads. Confined
 * to the hub's loop; the snapshot itself is read, filtered and encoded on the blocking executor, by
 * one task at a time.
 */
final class SnapshotPump {
    private static final int ROWS_A_PAGE = 200;

    private final Subscription subscription;
    private final Session session;
    private final Node node;
    private final SnapshotSource.Snapshot snapshot;
    private final Runnable freed;
    private final long highBytes;
    private List<SnapshotSource.Row> ahead = List.of(); // read by the one task under way
    private boolean started;
    private boolean reading;
    private boolean cancelled;

    /**
     * @param freed run once the snapshot is closed
     */
    SnapshotPump(
            Subscription subscription,
            Session session,
            Node node,
            SnapshotSource.Snapshot snapshot,
            Runnable freed) {
        this.subscription = subscription;
        this.session = session;
        this.node = node;
        this.snapshot = snapshot;
        this.freed = freed;
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
        Feed feed = subscription.feed();
        node.blocking()
                .execute(
                        () -> {
                            try {
                                Page page = read(feed);
                                node.loop().execute(() -> sent(page));
                            } catch (RuntimeException e) {
                                node.loop().execute(() -> failed(e));
                            }
                        });
    }

    private record Page(List<Frame> frames, boolean last) {}

    /** Reads one page ahead, to know which is the last. */
    private Page read(Feed feed) {
        List<SnapshotSource.Row> rows = started ? ahead : snapshot.next(ROWS_A_PAGE);
        started = true;
        ahead = rows.isEmpty() ? rows : snapshot.next(ROWS_A_PAGE);
        boolean last = ahead.isEmpty();
        Map<String, List<String>> shown = new LinkedHashMap<>();
        for (SnapshotSource.Row row : rows) {
            feed.shown(row.resource(), row.id(), row.data())
                    .ifPresent(
                            data ->
                                    shown.computeIfAbsent(row.resource(), r -> new ArrayList<>())
                                            .add(data));
        }
        if (last && shown.isEmpty()) {
            shown.put(subscription.expression().resource(), List.of());
        }
        List<Frame> frames = new ArrayList<>();
        int left = shown.size();
        for (Map.Entry<String, List<String>> of : shown.entrySet()) {
            frames.add(
                    Frame.answer(
                            new ServerMessage.SnapshotPage(
                                    subscription.expression().toString(),
                                    of.getKey(),
                                    of.getValue(),
                                    last && --left == 0,
                                    snapshot.position())));
        }
        return new Page(frames, last);
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
            subscription.pumped();
            session.catchUp().begin();
        } else {
            resume();
        }
    }

    private void failed(RuntimeException e) {
        reading = false;
        boolean wanted = !cancelled && !session.isClosed();
        close();
        if (wanted) {
            session.subscriptionFailed(subscription, Node.asSync(e, "The snapshot"));
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
