package org.freelims.sync.protocol;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a server says. Immutable. Where {@code id} is {@link ClientMessage#NO_ID} the message
 * answers nothing, or a message without an id, and the field is left out on the wire. {@code to} is
 * always the canonical expression.
 */
public sealed interface ServerMessage {
    /** The first message of a connection. */
    record Welcome(
            int version, String session, Position position, long heartbeatMs, long maxMessageBytes)
            implements ServerMessage {}

    /** The token was good. {@code expiresAt} is empty if it never ends. */
    record Authenticated(long id, String principal, Optional<Instant> expiresAt)
            implements ServerMessage {}

    /**
     * Capture is live from {@code position} (rule 2).
     *
     * @param next for a snapshot that goes on where it broke off: behind what; else empty
     */
    record Subscribed(long id, String to, Position position, Optional<String> next)
            implements ServerMessage {
        /** The answer to all that is not the rest of a snapshot. */
        public Subscribed(long id, String to, Position position) {
            this(id, to, position, Optional.empty());
        }
    }

    /**
     * Some rows of one resource, each as JSON object text, as of {@code position} (rule 4).
     *
     * @param last whether this is the subscription's last snapshot page
     * @param next what to ask for the rest with, should the connection be lost after this page;
     *     empty if the rest can't be had by itself, and for the last page
     */
    record SnapshotPage(
            String to,
            String resource,
            List<String> rows,
            boolean last,
            Position position,
            Optional<String> next)
            implements ServerMessage {
        public SnapshotPage {
            rows = List.copyOf(rows);
        }

        /** A page behind which nothing can be asked for. */
        public SnapshotPage(
                String to, String resource, List<String> rows, boolean last, Position position) {
            this(to, resource, rows, last, position, Optional.empty());
        }
    }

    /**
     * A change, as one client is told of it.
     *
     * @param data JSON object text: the row after the change, or before it for a delete
     * @param prev nothing of this subscription lies between it and {@code position} (rule 5)
     * @param tx the transaction: the same for all of its changes, different for the next (rule 12)
     * @param txLast whether it is known to be the last of its transaction; if not, it may still be
     * @param at when the change was made; transactions that overlap may commit in another order
     */
    record Notification(
            String to,
            String resource,
            Action action,
            String id,
            String data,
            Position position,
            Position prev,
            String tx,
            boolean txLast,
            Instant at,
            Optional<String> actor,
            Optional<String> reason)
            implements ServerMessage {
        public Notification {
            if (requireNonNull(action, "action") == Action.TRUNCATE) {
                throw new IllegalArgumentException("a truncate is told as a resync");
            }
        }
    }

    /**
     * A row left the subscription's filter, or may no longer be seen (rule 9).
     *
     * @param position where it happened; empty if the client's rights changed and not the row
     * @param prev as in a notification; empty as {@code position} is
     * @param tx as in a notification; empty as {@code position} is
     * @param txLast as in a notification
     */
    record Left(
            String to,
            String resource,
            String id,
            Optional<Position> position,
            Optional<Position> prev,
            Optional<String> tx,
            boolean txLast)
            implements ServerMessage {}

    /** All live subscriptions of this connection are complete up to {@code position} (rule 6). */
    record Heartbeat(Position position) implements ServerMessage {}

    /**
     * What the client holds of {@code to} can't be continued.
     *
     * @param code {@link ErrorCode#POSITION_LOST}: the subscription has ended, subscribe again with
     *     a snapshot or from now; {@link ErrorCode#TRUNCATED}: drop the rows of {@code resource},
     *     the subscription goes on
     * @param resource the resource concerned, or empty if it is all of {@code to}
     * @param oldest the oldest position that can still be resumed from
     * @param position for {@code TRUNCATED}: where it happened; else empty
     * @param prev for {@code TRUNCATED}: as in a notification; else empty
     */
    record Resync(
            long id,
            String to,
            ErrorCode code,
            Optional<String> resource,
            Optional<Position> oldest,
            Optional<Position> position,
            Optional<Position> prev)
            implements ServerMessage {}

    /** The subscription has ended; nothing of it follows. */
    record Unsubscribed(long id, String to) implements ServerMessage {}

    /** The answer to a ping. */
    record Pong(long id) implements ServerMessage {}

    /**
     * The message with this id was refused; the connection goes on unless {@code closing} follows.
     */
    record Failed(long id, ErrorCode code, String message) implements ServerMessage {}

    /**
     * The server closes the connection.
     *
     * @param reconnect whether connecting again is any use
     * @param afterMs how long to wait before, in milliseconds, jittered by the server (rule 13)
     */
    record Closing(ErrorCode code, boolean reconnect, long afterMs) implements ServerMessage {}
}
