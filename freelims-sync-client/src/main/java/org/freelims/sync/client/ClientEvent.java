package org.freelims.sync.client;

import java.time.Duration;
import java.util.Optional;
import org.freelims.sync.client.transport.ConnectFailedException;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.transport.CloseReason;

/** What a client has to tell of itself, for logs, displays and alarms. Immutable. */
public sealed interface ClientEvent {
    /**
     * There is a session, and all subscriptions are being asked for.
     *
     * @param principal who the server says the client is; empty if it gave no token
     */
    record Connected(String session, Optional<String> principal) implements ClientEvent {}

    /** No session came about. */
    record ConnectFailed(ConnectFailedException failure, Duration retryIn) implements ClientEvent {}

    /**
     * The session has ended and another is tried.
     *
     * @param code what the server gave as the reason, if it did
     */
    record Disconnected(CloseReason reason, Optional<ErrorCode> code, Duration retryIn)
            implements ClientEvent {}

    /** The server refused the token, or none could be had; another is asked for. */
    record TokenFailed(RuntimeException failure, Duration retryIn) implements ClientEvent {}

    /** Something between these positions did not arrive; it is asked for again (rule 5). */
    record GapFound(Subscription subscription, Position known, Position prev)
            implements ClientEvent {}

    /** A handler threw. */
    record HandlerFailed(
            Subscription subscription,
            Throwable failure,
            int attempt,
            HandlerFailures.Decision decision)
            implements ClientEvent {}

    /** The position could not be saved; it is tried again with the next. */
    record CursorNotSaved(Subscription subscription, RuntimeException failure)
            implements ClientEvent {}

    /** The server did what the protocol does not allow. */
    record RuleBroken(String what) implements ClientEvent {}

    /**
     * The client has ended.
     *
     * @param failure why; empty if the program closed it
     */
    record Ended(Optional<RuntimeException> failure) implements ClientEvent {}
}
