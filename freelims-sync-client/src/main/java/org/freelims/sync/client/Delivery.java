package org.freelims.sync.client;

import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.SyncException;
import org.jspecify.annotations.Nullable;

/** One call to a handler, waiting for its turn. Immutable. */
sealed interface Delivery {
    /** What an object of a few fields costs, roughly. */
    int OBJECT_BYTES = 200;

    void to(SyncHandler handler);

    /**
     * Returns the position that counts as handled once the call has returned; null if it does not
     * move.
     */
    @Nullable Position reaches();

    /** Returns roughly what it holds of the heap. */
    default int bytes() {
        return OBJECT_BYTES;
    }

    /** See {@link SyncHandler#onNotification}. */
    record Change(ServerMessage.Notification notification) implements Delivery {
        @Override
        public void to(SyncHandler handler) {
            handler.onNotification(notification);
        }

        @Override
        public Position reaches() {
            return notification.position();
        }

        @Override
        public int bytes() {
            return 2 * OBJECT_BYTES + 2 * notification.data().length();
        }
    }

    /** See {@link SyncHandler#onSnapshot}. */
    record Rows(ServerMessage.SnapshotPage page) implements Delivery {
        @Override
        public void to(SyncHandler handler) {
            handler.onSnapshot(page);
        }

        @Override
        public @Nullable Position reaches() {
            return page.last() ? page.position() : null;
        }

        @Override
        public int bytes() {
            int chars = 0;
            for (String row : page.rows()) {
                chars += row.length();
            }
            return OBJECT_BYTES * (1 + page.rows().size()) + 2 * chars;
        }
    }

    /** See {@link SyncHandler#onLeft}. */
    record RowLeft(ServerMessage.Left left) implements Delivery {
        @Override
        public void to(SyncHandler handler) {
            handler.onLeft(left);
        }

        @Override
        public @Nullable Position reaches() {
            return left.position().orElse(null);
        }
    }

    /** See {@link SyncHandler#onResync}. */
    record Clear(Resync resync, @Nullable Position reaches) implements Delivery {
        @Override
        public void to(SyncHandler handler) {
            handler.onResync(resync);
        }
    }

    /** See {@link SyncHandler#onSubscribed}. */
    record Live(Position position, boolean rowsFollow) implements Delivery {
        @Override
        public void to(SyncHandler handler) {
            handler.onSubscribed(position);
        }

        @Override
        public @Nullable Position reaches() {
            return rowsFollow ? null : position;
        }
    }

    /** See {@link SyncHandler#onComplete}. */
    record Complete(Position position) implements Delivery {
        @Override
        public void to(SyncHandler handler) {
            handler.onComplete(position);
        }

        @Override
        public Position reaches() {
            return position;
        }
    }

    /** See {@link SyncHandler#onEnded}; always the last. */
    record Ended(SyncException why) implements Delivery {
        @Override
        public void to(SyncHandler handler) {
            handler.onEnded(why);
        }

        @Override
        public @Nullable Position reaches() {
            return null;
        }
    }
}
