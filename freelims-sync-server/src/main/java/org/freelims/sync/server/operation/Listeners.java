package org.freelims.sync.server.operation;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.freelims.sync.log.Change;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.server.postgres.RelayListener;
import org.freelims.sync.session.HubListener;
import org.freelims.sync.subscription.Expression;

/** Tells several what a hub and a relay do. Thread-safe. */
final class Listeners implements HubListener, RelayListener {
    private final List<HubListener> ofHub;
    private final List<RelayListener> ofRelay;

    Listeners(List<HubListener> ofHub, List<RelayListener> ofRelay) {
        this.ofHub = List.copyOf(ofHub);
        this.ofRelay = List.copyOf(ofRelay);
    }

    @Override
    public void dispatched(Change change, int deliveries) {
        ofHub.forEach(listener -> listener.dispatched(change, deliveries));
    }

    @Override
    public void replayed(int notifications) {
        ofHub.forEach(listener -> listener.replayed(notifications));
    }

    @Override
    public void opened() {
        ofHub.forEach(HubListener::opened);
    }

    @Override
    public void signedIn(Client client) {
        ofHub.forEach(listener -> listener.signedIn(client));
    }

    @Override
    public void subscribed(Client client, Expression to) {
        ofHub.forEach(listener -> listener.subscribed(client, to));
    }

    @Override
    public void denied(Client client, ErrorCode code, Optional<Expression> to) {
        ofHub.forEach(listener -> listener.denied(client, code, to));
    }

    @Override
    public void closed(Closed closed) {
        ofHub.forEach(listener -> listener.closed(closed));
    }

    @Override
    public void refused(ErrorCode code) {
        ofHub.forEach(listener -> listener.refused(code));
    }

    @Override
    public void overflowed() {
        ofHub.forEach(HubListener::overflowed);
    }

    @Override
    public void caughtUp(CaughtUp caughtUp) {
        ofHub.forEach(listener -> listener.caughtUp(caughtUp));
    }

    @Override
    public void snapshotSent(SnapshotSent sent) {
        ofHub.forEach(listener -> listener.snapshotSent(sent));
    }

    @Override
    public void moved(int moved, Duration took) {
        ofRelay.forEach(listener -> listener.moved(moved, took));
    }

    @Override
    public void failed(SyncException e) {
        ofRelay.forEach(listener -> listener.failed(e));
    }
}
