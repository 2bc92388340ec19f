package org.freelims.sync.session;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.freelims.sync.log.SnapshotSource;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.subscription.Feed;
import org.freelims.sync.transport.Frame;
import org.jspecify.annotations.Nullable;

/** Begins a subscription with all of its rows (rule 4). */
final class SnapshotStart implements SnapshotPump.Use {
    private final Subscription subscription;
    private final Session session;
    private final Feed feed;
    private final SnapshotSource.Snapshot snapshot;
    private final Position position;

    SnapshotStart(Subscription subscription, Session session, SnapshotSource.Snapshot snapshot) {
        this.subscription = subscription;
        this.session = session;
        this.feed = subscription.feed();
        this.snapshot = snapshot;
        this.position = snapshot.position();
    }

    @Override
    public String to() {
        return feed.expression().toString();
    }

    @Override
    public List<Frame> frames(List<SnapshotSource.Row> rows, boolean last) {
        Map<String, List<String>> shown = new LinkedHashMap<>();
        // of those shown: a place tells the row's id
        Map<String, SnapshotSource.Row> lastOf = new HashMap<>();
        for (SnapshotSource.Row row : rows) {
            feed.shown(row.resource(), row.id(), row.data())
                    .ifPresent(
                            data -> {
                                lastOf.put(row.resource(), row);
                                shown.computeIfAbsent(row.resource(), r -> new ArrayList<>())
                                        .add(data);
                            });
        }
        if (last && shown.isEmpty()) {
            shown.put(feed.expression().resource(), List.of());
        }
        List<Frame> frames = new ArrayList<>();
        int left = shown.size();
        for (Map.Entry<String, List<String>> of : shown.entrySet()) {
            boolean end = last && --left == 0;
            frames.add(
                    Frame.answer(
                            new ServerMessage.SnapshotPage(
                                    feed.expression().toString(),
                                    of.getKey(),
                                    of.getValue(),
                                    end,
                                    position,
                                    end ? Optional.empty() : next(lastOf.get(of.getKey())))));
        }
        return frames;
    }

    private Optional<String> next(SnapshotSource.@Nullable Row after) {
        return Optional.ofNullable(after)
                .flatMap(snapshot::placeAfter)
                .flatMap(place -> new SnapshotPlace(position, place).text());
    }

    @Override
    public void done() {
        subscription.pumped();
        session.catchUp().begin();
    }

    @Override
    public void failed(SyncException e) {
        session.subscriptionFailed(subscription, e);
    }
}
