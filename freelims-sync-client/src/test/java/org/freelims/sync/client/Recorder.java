package org.freelims.sync.client;

import java.util.ArrayList;
import java.util.List;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.SyncException;

/** A handler that writes down what it is told, such as {@code change 7}, {@code left 3}. */
class Recorder implements SyncHandler {
    final List<String> told = new ArrayList<>();

    @Override
    public void onNotification(ServerMessage.Notification n) {
        told.add("change " + n.position().offset());
    }

    @Override
    public void onSnapshot(ServerMessage.SnapshotPage page) {
        told.add("rows " + page.rows().size() + (page.last() ? " last" : ""));
    }

    @Override
    public void onLeft(ServerMessage.Left left) {
        told.add("left " + left.id());
    }

    @Override
    public void onResync(Resync resync) {
        told.add("resync " + resync.reason() + resync.resource().map(r -> " " + r).orElse(""));
    }

    @Override
    public void onSubscribed(Position position) {
        told.add("subscribed " + position.offset());
    }

    @Override
    public void onComplete(Position position) {
        told.add("complete " + position.offset());
    }

    @Override
    public void onEnded(SyncException why) {
        told.add("ended " + why.code());
    }
}
