package org.freelims.sync.client;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.freelims.sync.client.StreamCursor.Verdict;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.protocol.SyncException;
import org.jspecify.annotations.Nullable;

/*
 * Three parties meet here. The program reads the volatile fields, and writes `open`. The client's lane owns `cursor`,
 * `rowsDue`, `rowsTold`, `rowsNext`, `retries`, `paused` and `stuck`, and alone writes `state`. The delivery thread writes
 * `handled`.
 */
/** A subscription and how far it has come. */
final class ActiveSubscription implements Subscription {
    /** What the table of subscriptions must do about a message. */
    enum Outcome {
        /** Nothing. */
        FINE,
        /** Something is missing: subscribe again from the position that is known. */
        REWIND,
        /** A heartbeat had said there was nothing here. */
        LATE,
        /** Subscribe again, as {@link #start} says now. */
        ASK_AGAIN
    }

    private final String expression;
    private final StartFrom from;
    private final SubscriptionOptions options;
    private final SyncHandler handler;
    private final Executor executor;
    private final BiConsumer<ActiveSubscription, Delivery> deliveries;
    private final BiConsumer<ActiveSubscription, Optional<SyncException>> onEnded;

    private volatile boolean open = true;
    private volatile State state = State.WAITING;
    private volatile @Nullable Position handled;
    private volatile @Nullable SyncException failure;
    private final CompletableFuture<Position> ready = new CompletableFuture<>();
    private final CompletableFuture<Optional<SyncException>> ended = new CompletableFuture<>();

    private final StreamCursor cursor = new StreamCursor();
    private boolean rowsDue;
    private boolean rowsTold;
    private @Nullable String rowsNext; // what the last page was marked with

    /** How often in a row the server refused for now. */
    int retries;

    /** Whether its handler takes less than comes, so that it is not asked for. */
    boolean paused;

    /** The position at which a gap was found last. */
    @Nullable Position stuck;

    ActiveSubscription(
            String expression,
            StartFrom from,
            Optional<Position> resumed,
            SubscriptionOptions options,
            SyncHandler handler,
            Executor executor,
            BiConsumer<ActiveSubscription, Delivery> deliveries,
            BiConsumer<ActiveSubscription, Optional<SyncException>> onEnded) {
        this.expression = expression;
        this.from = from;
        this.options = options;
        this.handler = handler;
        this.executor = executor;
        this.deliveries = deliveries;
        this.onEnded = onEnded;
        if (resumed.isPresent()) {
            begin(resumed.get());
        } else if (from instanceof StartFrom.After after) {
            begin(after.position());
        } else if (from instanceof StartFrom.SnapshotBehind behind) {
            rowsDue = true;
            rowsTold = true;
            rowsNext = behind.next();
        } else {
            rowsDue = from instanceof StartFrom.Snapshot;
        }
    }

    private void begin(Position position) {
        cursor.start(position);
        handled = position;
    }

    // what the program sees

    @Override
    public String expression() {
        return expression;
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public Optional<Position> position() {
        return Optional.ofNullable(handled);
    }

    @Override
    public CompletableFuture<Position> ready() {
        return ready.copy();
    }

    @Override
    public CompletableFuture<Optional<SyncException>> ended() {
        return ended.copy();
    }

    @Override
    public Optional<SyncException> failure() {
        return Optional.ofNullable(failure);
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            onEnded.accept(this, Optional.empty());
        }
    }

    @Override
    public String toString() {
        return expression
                + " ("
                + state
                + " at "
                + position().map(Position::toString).orElse("-")
                + ")";
    }

    // what the delivery thread does

    SyncHandler handler() {
        return handler;
    }

    SubscriptionOptions options() {
        return options;
    }

    String cursorName() {
        return options.cursor().orElse(expression);
    }

    boolean isOpen() {
        return open;
    }

    void handled(Position position) {
        handled = position;
    }

    /** Its handler was given up. */
    void endByItself(SyncException why) {
        open = false;
        onEnded.accept(this, Optional.of(why));
    }

    // what the lane does

    /** Returns where to start when asked now. */
    StartFrom start() {
        if (rowsDue) {
            return rowsNext == null ? StartFrom.snapshot() : StartFrom.snapshotBehind(rowsNext);
        }
        return cursor.position().map(StartFrom::after).orElse(StartFrom.now());
    }

    Optional<Position> known() {
        return cursor.position();
    }

    void waiting() {
        if (state != State.ENDED) {
            state = State.WAITING;
        }
    }

    void subscribed(Position position, Optional<String> behind) {
        retries = 0;
        if (rowsDue) {
            state = State.SNAPSHOT;
            boolean goesOn = rowsNext != null && behind.isPresent();
            if (rowsTold && !goesOn) {
                rowsTold = false;
                rowsNext = null;
                deliver(clear(Resync.Reason.SNAPSHOT_RESTARTED, Optional.empty(), null));
            }
        } else {
            state = State.LIVE;
            if (cursor.position().isEmpty()) {
                cursor.start(position);
            }
        }
        Position from = cursor.position().orElse(position);
        deliver(new Delivery.Live(rowsDue ? position : from, rowsDue));
        executor.execute(() -> ready.complete(position));
    }

    void page(ServerMessage.SnapshotPage page) {
        if (state != State.SNAPSHOT) {
            return;
        }
        deliver(new Delivery.Rows(page));
        rowsTold = true;
        rowsNext = page.next().orElse(null);
        if (page.last()) {
            rowsDue = false;
            rowsTold = false;
            cursor.start(page.position());
            state = State.LIVE;
        }
    }

    Outcome change(Position prev, Position position, Delivery delivery) {
        if (state != State.LIVE) {
            return Outcome.FINE;
        }
        Verdict verdict = cursor.judge(prev, position);
        switch (verdict) {
            case REPEATED -> {
                return Outcome.FINE;
            }
            case GAP -> {
                return Outcome.REWIND;
            }
            case NEXT, LATE -> {
                cursor.told(position);
                deliver(delivery);
            }
        }
        return verdict == Verdict.LATE ? Outcome.LATE : Outcome.FINE;
    }

    /** A row may no longer be seen, though it stands where it stood. */
    void withdrawn(Delivery left) {
        if (state == State.LIVE) {
            deliver(left);
        }
    }

    Outcome truncated(ServerMessage.Resync resync) {
        Position at = resync.position().orElse(null);
        Delivery clear = clear(Resync.Reason.TRUNCATED, resync.resource(), at);
        if (at != null) {
            return change(resync.prev().or(cursor::position).orElse(at), at, clear);
        }
        deliver(clear);
        return Outcome.FINE;
    }

    void complete(Position position) {
        if (state == State.LIVE && cursor.complete(position)) {
            deliver(new Delivery.Complete(position));
        }
    }

    /** The server can't go on from where this is. */
    Outcome lost() {
        waiting();
        deliver(clear(Resync.Reason.POSITION_LOST, Optional.empty(), null));
        cursor.clear();
        rowsTold = false;
        rowsNext = null;
        switch (options.afterPositionLost()) {
            case AS_STARTED -> rowsDue = !(from instanceof StartFrom.Now);
            case SNAPSHOT -> rowsDue = true;
            case NOW -> rowsDue = false;
            case STOP -> {
                end(
                        new SyncException(
                                ErrorCode.POSITION_LOST,
                                "The server can't continue "
                                        + expression
                                        + " from where it was. Subscribe again with a snapshot, or"
                                        + " from now."));
                return Outcome.FINE;
            }
        }
        return Outcome.ASK_AGAIN;
    }

    /** It is over, and the handler is told in its turn. */
    void end(SyncException why) {
        if (state != State.ENDED) {
            finish(Optional.of(why));
            deliver(new Delivery.Ended(why));
        }
    }

    /** It is over, and the handler is not told: it knows. */
    void finish(Optional<SyncException> why) {
        state = State.ENDED;
        why.ifPresent(e -> failure = e);
        SyncException neverReady =
                why.orElseGet(
                        () ->
                                new SyncException(
                                        ErrorCode.SHUTTING_DOWN,
                                        "The subscription to "
                                                + expression
                                                + " was closed before it was live."));
        executor.execute(
                () -> {
                    ready.completeExceptionally(neverReady);
                    ended.complete(why);
                });
    }

    private static Delivery clear(
            Resync.Reason reason, Optional<String> resource, @Nullable Position reaches) {
        return new Delivery.Clear(new Resync(reason, resource), reaches);
    }

    private void deliver(Delivery delivery) {
        deliveries.accept(this, delivery);
    }
}
