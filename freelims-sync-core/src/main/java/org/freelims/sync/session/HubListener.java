package org.freelims.sync.session;

import java.time.Duration;
import java.util.Optional;
import org.freelims.sync.log.Change;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.subscription.Expression;
import org.freelims.sync.transport.CloseReason;

/**
 * Told what a hub does, to count it or to write it down; each method does nothing by default. Calls
 * come one after another, on the hub's loop: they must return at once. What they throw is logged
 * and changes nothing.
 */
public interface HubListener {
    /**
     * A change was dispatched.
     *
     * @param deliveries how many subscriptions were sent it, live
     */
    default void dispatched(Change change, int deliveries) {}

    /** Notifications were taken from recent changes or the log for a client that was behind. */
    default void replayed(int notifications) {}

    /** A client connected. */
    default void opened() {}

    /** A client signed in, or is let in without. */
    default void signedIn(Client client) {}

    /** A client subscribed, or its subscription is being looked at. */
    default void subscribed(Client client, Expression to) {}

    /**
     * A client was denied something for who it is: {@link ErrorCode#BAD_TOKEN}, {@link
     * ErrorCode#OTHER_PRINCIPAL}, {@link ErrorCode#FORBIDDEN}, {@link ErrorCode#UNAUTHENTICATED}.
     *
     * @param to what it asked for, if it could be read
     */
    default void denied(Client client, ErrorCode code, Optional<Expression> to) {}

    /** A client's connection is at its end. */
    default void closed(Closed closed) {}

    /** A client was answered with an error, or with a resync. */
    default void refused(ErrorCode code) {}

    /** A client read too slowly: what waited for it was dropped, and is replayed from the log. */
    default void overflowed() {}

    /** All of a client's subscriptions that were behind are live. */
    default void caughtUp(CaughtUp caughtUp) {}

    /** A snapshot was sent to its end. */
    default void snapshotSent(SnapshotSent sent) {}

    /**
     * Somebody connected.
     *
     * @param session the connection's name
     * @param principal who is signed in, if somebody is; {@code anonymous} counts
     */
    record Client(String session, String remoteAddress, Optional<String> principal) {}

    /**
     * The end of a connection.
     *
     * @param session the connection's name
     * @param principal who was signed in, if somebody was
     * @param code why the server closed it; empty if the client left or the connection broke
     * @param reason as the transport has it
     * @param pendingBytes what was accepted for the client and not handed to the operating system
     */
    record Closed(
            String session,
            String remoteAddress,
            Optional<String> principal,
            Optional<ErrorCode> code,
            CloseReason reason,
            long pendingBytes) {}

    /**
     * The end of catching up.
     *
     * @param session the connection's name
     * @param changes how many changes were looked at
     * @param notifications how many of them were sent
     * @param took since the first look at what was behind
     */
    record CaughtUp(
            String session,
            String remoteAddress,
            long changes,
            long notifications,
            Duration took) {}

    /**
     * The end of a snapshot.
     *
     * @param session the connection's name
     * @param to the subscription
     * @param rows how many rows were read for it
     * @param took since the snapshot was there to be read
     */
    record SnapshotSent(
            String session, String remoteAddress, String to, long rows, Duration took) {}
}
