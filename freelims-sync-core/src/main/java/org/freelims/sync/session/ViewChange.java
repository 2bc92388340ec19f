package org.freelims.sync.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.freelims.sync.log.SnapshotSource;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.subscription.Expression;
import org.freelims.sync.subscription.Feed;
import org.freelims.sync.subscription.LoggedChange;
import org.freelims.sync.transport.Frame;

/*
 * The subscription stops where it is, at `completeTo`, and a snapshot is opened, whose position is there or later. Each row
 * that the old view shows and the new one does not is told as left. If nothing that the subscription is of was changed in
 * between, the snapshot's rows are those the client holds, so what was told is all there is to tell, and the stream goes on
 * from `completeTo` by the new view. If something was, or the new view shows anything that the old one did not, the client
 * has to take the rows anew: resync.
 */
/**
 * Has one subscription go on with what its principal may see now (rules 9 and 11). Confined to the
 * hub's loop, but for the reading of rows.
 */
final class ViewChange implements SnapshotPump.Use {
    private final Subscription subscription;
    private final Subscriber subscriber;
    private final Session session;
    private final Node node;
    private final Feed before;
    private final Feed now;
    private Position rowsAt;
    private boolean showsMore; // written by the task that reads, read after the last one

    /**
     * @param before the feed that the subscription has left
     */
    ViewChange(
            Subscription subscription,
            Subscriber subscriber,
            Session session,
            Node node,
            Feed before) {
        this.subscription = subscription;
        this.subscriber = subscriber;
        this.session = session;
        this.node = node;
        this.before = before;
        this.now = subscription.feed();
        this.rowsAt = node.position();
    }

    /** Reads the rows of these resources by both views. */
    void begin(SnapshotSource source, List<String> resources) {
        node.snapshotSlots()
                .acquire(
                        freed -> {
                            if (isOver()) {
                                freed.run();
                            } else {
                                open(source, resources, freed);
                            }
                        });
    }

    private void open(SnapshotSource source, List<String> resources, Runnable freed) {
        Expression expression = subscription.expression();
        node.lookUp(
                () ->
                        expression.id().isPresent()
                                ? source.open(expression.resource(), expression.id().get())
                                : source.open(resources),
                snapshot -> {
                    SnapshotPump pump = new SnapshotPump(session, node, snapshot, freed, this);
                    rowsAt = snapshot.position();
                    if (isOver()) {
                        pump.cancel();
                    } else {
                        subscription.changingView(pump);
                        pump.resume();
                    }
                },
                e -> {
                    freed.run();
                    failed(e);
                });
    }

    private boolean isOver() {
        return subscription.state() != Subscription.State.CHANGING_VIEW;
    }

    @Override
    public String to() {
        return subscription.expression().toString();
    }

    @Override
    public List<Frame> frames(List<SnapshotSource.Row> rows, boolean last) {
        List<Frame> left = new ArrayList<>();
        for (SnapshotSource.Row row : rows) {
            Optional<String> was = before.shown(row.resource(), row.id(), row.data());
            Optional<String> is = now.shown(row.resource(), row.id(), row.data());
            if (was.isPresent() && is.isEmpty()) {
                left.add(
                        Frame.answer(
                                new ServerMessage.Left(
                                        before.expression().toString(),
                                        row.resource(),
                                        row.id(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        false)));
            } else if (!was.equals(is)) {
                showsMore = true;
            }
        }
        return left;
    }

    @Override
    public void done() {
        if (isOver()) {
            return;
        }
        if (showsMore || !sameRowsUpTo(rowsAt)) {
            subscriber.positionLost(subscription);
        } else {
            subscription.pumped();
            session.catchUp().begin();
        }
    }

    /** Whether nothing of the subscription lies between what the client was told of and there. */
    private boolean sameRowsUpTo(Position position) {
        long from = subscription.completeTo();
        long to = position.offset();
        if (!position.epoch().equals(node.position().epoch())
                || to < from
                || to > node.position().offset()
                || !node.recent().reachesBackTo(from)) {
            return false;
        }
        for (LoggedChange logged : node.recent().after(from, (int) Math.min(to - from, 100_000))) {
            if (logged.offset() > to) {
                return true;
            }
            if (before.mayConcern(logged.change())) {
                return false;
            }
        }
        return to - from <= 100_000;
    }

    @Override
    public void failed(SyncException e) {
        if (!isOver()) {
            subscriber.positionLost(subscription);
        }
    }
}
