package org.freelims.sync.client;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;

/**
 * A local map of a resource, or of a filter, that is kept current: first a snapshot, then each
 * transaction as a whole, as soon as it is told. Thread-safe; reading never waits.
 *
 * <pre>{@code
 * LiveView<Long, Item> scarce = LiveView.open(client, "inventory?quantity<10", Item.class, Long::valueOf);
 * scarce.ready().join();
 * scarce.get(42L).ifPresent(item -> ...);
 * }</pre>
 *
 * <p>It holds what the server's database held at {@link ViewContents#position}: never part of a
 * transaction, never part of a snapshot. Without a connection it keeps what it has, and goes on
 * from there. When it can't be continued (rule 7) it takes a snapshot by itself, and holds what it
 * had until that is whole.
 *
 * <p>A transaction is applied with its last change, if the view is told of that; otherwise when
 * something of another follows, or some 250 to 500 ms later with a heartbeat (rule 12).
 *
 * @param <K> keys: a record's id, as the view was told to read it
 * @param <V> rows, as the view was told to read them
 */
public interface LiveView<K, V> extends AutoCloseable {
    /** Where a view stands. */
    enum State {
        /** The first snapshot is not there yet. */
        LOADING,
        /** Changes come as they are committed. */
        LIVE,
        /** There is no connection, or it is being caught up with. */
        BEHIND,
        /** It could not be continued, and another snapshot is on its way. */
        REBUILDING,
        /** Nothing comes any more; it holds what it held. */
        ENDED
    }

    /** Returns a builder of a view of an expression, with ids for keys. */
    static <V> LiveViewBuilder<String, V> builder(
            SyncClient client, String expression, RowReader<V> rows) {
        return new LiveViewBuilder<>(client, expression, rows, id -> id);
    }

    /** Opens a view with ids for keys, and rows read by {@link RowReader#of}. */
    static <V> LiveView<String, V> open(SyncClient client, String expression, Class<V> type) {
        return builder(client, expression, RowReader.of(type)).open();
    }

    /**
     * Opens a view with rows read by {@link RowReader#of}.
     *
     * @param key makes a key of an id, such as {@code Long::valueOf}
     */
    static <K, V> LiveView<K, V> open(
            SyncClient client, String expression, Class<V> type, Function<String, K> key) {
        return builder(client, expression, RowReader.of(type)).keys(key).open();
    }

    /** Returns what it holds now; what is read from that fits together. */
    ViewContents<K, V> contents();

    /** Returns the row with this key, as of now. */
    default Optional<V> get(K key) {
        return contents().get(key);
    }

    /** Returns how many rows there are now. */
    default int size() {
        return contents().size();
    }

    /** Returns where it stands, which may have changed by the time the caller looks. */
    State state();

    /** Completes with the first snapshot's contents; fails as {@link #when} does. */
    CompletableFuture<ViewContents<K, V>> ready();

    /**
     * Completes with contents that have all changes up to {@code position} in them, such as that of
     * a change of one's own; fails as {@link #when} does. If the history ends before, it completes
     * only once the view is in that of {@code position}.
     */
    default CompletableFuture<ViewContents<K, V>> reached(Position position) {
        return when(contents -> contents.reaches(position));
    }

    /**
     * Completes with the first contents, from now on, of which {@code condition} is true. It fails
     * with {@link SyncException} if the subscription ends before, and with {@link
     * java.util.concurrent.CancellationException} if the view is closed.
     *
     * @param condition must not block; if it throws, the result fails with that
     */
    CompletableFuture<ViewContents<K, V>> when(Predicate<ViewContents<K, V>> condition);

    /**
     * Calls a listener after each change of rows, in order, one at a time, on the client's
     * executor. When it is called the view holds {@link ViewChange#after}, or what came after that.
     * It may block, and holds up the client's other handlers; what it throws is logged.
     *
     * @return ends it: no call begins after {@code close()} has returned, but one may be running.
     *     What {@link #contents} says after this returns has all that the listener is not told
     */
    Registration onChange(Consumer<ViewChange<K, V>> listener);

    /** A listener's. */
    interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /** Returns the canonical expression. */
    String expression();

    /** Returns why it has ended; empty if it has not, or was closed by the program. */
    Optional<SyncException> failure();

    /** Ends it; it holds what it held. The client stays. Idempotent. */
    @Override
    void close();
}
