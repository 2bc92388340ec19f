package org.freelims.sync.client;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;

/**
 * A connection to a sync server that is kept up: when it breaks it is made again, and every
 * subscription goes on where it was, with nothing lost or repeated (rules 3 to 7). Thread-safe.
 *
 * <pre>{@code
 * try (SyncClient client = SyncClient.builder().uri("ws://localhost:8001").token(token).build()) {
 *     client.subscribe("inventory", StartFrom.now(), change -> System.out.println(change.data()));
 *     client.connect().join();
 *     ...
 * }
 * }</pre>
 *
 * <p>A client that can't get in by waiting, since the address, the token or a certificate is wrong,
 * ends: {@link #connect} fails, every handler is told, and {@link ClientEvent.Ended} says why. Once
 * it has been connected it takes all but a refused token, and a server that sends it away for good,
 * for something that passes.
 */
public interface SyncClient extends AutoCloseable {
    /** Where a client stands. */
    enum State {
        /** Not asked to connect yet. */
        NEW,
        /** Connecting or signing in. */
        CONNECTING,
        /** There is a session. */
        CONNECTED,
        /** Waiting for the next attempt. */
        WAITING,
        /** Closed, or failed for good. */
        ENDED
    }

    /** Returns a builder with the defaults. */
    static SyncClientBuilder builder() {
        return new SyncClientBuilder();
    }

    /**
     * Starts to connect, and to stay connected until {@link #close}. Calling it again changes
     * nothing.
     *
     * @return completes when the first session is there, which may take any number of attempts that
     *     {@linkplain SyncClientBuilder#listener the listener} hears of; fails with {@link
     *     org.freelims.sync.client.transport.ConnectFailedException} or {@link
     *     org.freelims.sync.protocol.SyncException} if trying on is no use, and with {@link
     *     java.util.concurrent.CancellationException} if the client is closed before
     */
    CompletableFuture<Void> connect();

    /** Returns where it stands, which may have changed by the time the caller looks. */
    State state();

    /**
     * Subscribes; before {@link #connect} and without a connection as well. If the {@link
     * CursorStore} holds a position under this subscription's name, it goes on from there instead
     * of {@code from}.
     *
     * @param expression such as {@code inventory}, {@code inventory/42}, {@code
     *     inventory?quantity<10} or {@code *}
     * @throws org.freelims.sync.protocol.SyncException {@code BAD_EXPRESSION} if it does not read
     * @throws IllegalStateException if the client has ended, or has a subscription with an
     *     expression that means the same
     */
    Subscription subscribe(
            String expression, StartFrom from, SubscriptionOptions options, SyncHandler handler);

    /** Subscribes with {@link SubscriptionOptions#DEFAULT}. */
    default Subscription subscribe(String expression, StartFrom from, SyncHandler handler) {
        return subscribe(expression, from, SubscriptionOptions.DEFAULT, handler);
    }

    /**
     * Subscribes to one resource, with its rows as objects; otherwise as {@link #subscribe(String,
     * StartFrom, SubscriptionOptions, SyncHandler)}.
     *
     * @param rows how rows are read, such as {@code RowReader.of(Item.class)}
     */
    default <T> Subscription subscribe(
            String expression,
            RowReader<T> rows,
            StartFrom from,
            SubscriptionOptions options,
            RowHandler<T> handler) {
        return subscribe(expression, from, options, new ReadingHandler<>(rows, handler));
    }

    /** Subscribes with {@link RowReader#of} and {@link SubscriptionOptions#DEFAULT}. */
    default <T> Subscription subscribe(
            String expression, Class<T> type, StartFrom from, RowHandler<T> handler) {
        return subscribe(
                expression, RowReader.of(type), from, SubscriptionOptions.DEFAULT, handler);
    }

    /**
     * Returns the changes as a stream. Each of its subscribers makes a subscription, one at a time
     * for an expression, and ends it by cancelling. What a subscriber has not requested waits; once
     * that is {@link SyncClientBuilder#pendingBytes} the subscription pauses, alone, and goes on
     * from its last position as more is requested. Nothing is lost meanwhile, for as long as the
     * server keeps its log (rule 7). A change counts as handled once {@code onNext} has returned.
     * Closing the client ends it without a word.
     *
     * <p>It tells notifications and nothing else. Where these would mislead, since changes were
     * missed or all records are gone at once, it ends with a {@link
     * org.freelims.sync.protocol.SyncException} of {@code POSITION_LOST} or {@code TRUNCATED}; so
     * it does when the subscription ends. To hear of what leaves a filter, use a handler.
     *
     * @throws IllegalArgumentException if it is to start with a snapshot
     */
    default Flow.Publisher<ServerMessage.Notification> notifications(
            String expression, StartFrom from) {
        return new NotificationPublisher(this, expression, from, SubscriptionOptions.DEFAULT);
    }

    /**
     * Ends the connection and all subscriptions. No handler's call begins afterwards; one that is
     * running is waited for, up to ten seconds, unless this is called by it; then the handled
     * positions are saved. Idempotent.
     */
    @Override
    void close();
}
