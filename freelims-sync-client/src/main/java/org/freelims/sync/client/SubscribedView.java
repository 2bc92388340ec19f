package org.freelims.sync.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.freelims.sync.client.SubscriptionOptions.AfterPositionLost;
import org.freelims.sync.client.ViewRows.Step;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.subscription.Expression;
import org.jspecify.annotations.Nullable;

/*
 * Invariant: `current` is always the result of whole transactions.
 *
 * The delivery queue, one call at a time, owns `rows` and what waits to be applied: `snapshot`, the rows of one that is
 * not whole yet, and `pending`, the steps of transactions that may not be whole, the last of which is `pendingTx` (null:
 * of an unknown one, since a truncate does not say, so whatever follows is taken for the same). It alone writes the
 * volatile fields. Listeners and conditions are called by it, after `current` was set, under no lock.
 */
/** A view kept current by a subscription. */
final class SubscribedView<K, V> implements LiveView<K, V>, SyncHandler {
    private static final System.Logger LOG = System.getLogger(SubscribedView.class.getName());

    private final ViewRows<K, V> rows;
    private List<Step.Put<K, V>> snapshot = new ArrayList<>();
    private final List<Step<K, V>> pending = new ArrayList<>();
    private @Nullable String pendingTx;
    private @Nullable Position pendingPosition;

    private volatile ViewContents<K, V> current;
    private volatile boolean rebuilding;
    private volatile boolean closed;
    private volatile @Nullable SyncException ended;
    private @Nullable Subscription subscription; // set before open() returns

    private final List<Listening> listeners = new CopyOnWriteArrayList<>();
    private final List<Waiting> waiting = new CopyOnWriteArrayList<>();
    private final CompletableFuture<ViewContents<K, V>> ready;

    private SubscribedView(ViewRows<K, V> rows) {
        this.rows = rows;
        this.current = rows.contents();
        this.ready = when(contents -> contents.position().isPresent());
    }

    static <K, V> LiveView<K, V> open(SyncClient client, String expression, ViewRows<K, V> rows) {
        if (Expression.parse(expression).isEverything()) {
            throw new IllegalArgumentException("a view is of one resource; open one for each");
        }
        SubscribedView<K, V> view = new SubscribedView<>(rows);
        SubscriptionOptions options =
                SubscriptionOptions.DEFAULT
                        .withAfterPositionLost(AfterPositionLost.SNAPSHOT)
                        .withHandlerFailures(HandlerFailures.retryThenStop(1))
                        .withoutCursor();
        Subscription made = client.subscribe(expression, StartFrom.snapshot(), options, view);
        view.subscription = made;
        var unused = made.ended().thenAccept(view::endedWith);
        return view;
    }

    /** Of a failure the view hears in its turn, behind the changes before it. */
    private void endedWith(Optional<SyncException> why) {
        if (why.isEmpty()) {
            closed = true;
            waiting.forEach(this::judge);
        }
    }

    private Subscription subscription() {
        if (subscription == null) {
            throw new IllegalStateException("the view is not open yet");
        }
        return subscription;
    }

    // what the program sees

    @Override
    public ViewContents<K, V> contents() {
        return current;
    }

    @Override
    public State state() {
        Subscription.State of = subscription().state();
        if (of == Subscription.State.ENDED || closed) {
            return State.ENDED;
        }
        if (current.position().isEmpty()) {
            return State.LOADING;
        }
        if (rebuilding) {
            return State.REBUILDING;
        }
        return of == Subscription.State.LIVE ? State.LIVE : State.BEHIND;
    }

    @Override
    public CompletableFuture<ViewContents<K, V>> ready() {
        return ready.copy();
    }

    @Override
    public CompletableFuture<ViewContents<K, V>> when(Predicate<ViewContents<K, V>> condition) {
        Waiting one = new Waiting(condition, new CompletableFuture<>());
        waiting.add(one);
        judge(one);
        return one.result;
    }

    @Override
    public Registration onChange(Consumer<ViewChange<K, V>> listener) {
        Listening one = new Listening(listener);
        listeners.add(one);
        return one;
    }

    @Override
    public String expression() {
        return subscription().expression();
    }

    @Override
    public Optional<SyncException> failure() {
        return Optional.ofNullable(ended);
    }

    @Override
    public void close() {
        subscription().close();
        endedWith(Optional.empty());
    }

    // what the delivery queue does

    @Override
    public void onSnapshot(ServerMessage.SnapshotPage page) {
        List<Step.Put<K, V>> read = new ArrayList<>(page.rows().size());
        for (String row : page.rows()) {
            read.add(rows.put(page.resource(), row));
        }
        snapshot.addAll(read);
        if (page.last()) {
            var whole = snapshot;
            snapshot = new ArrayList<>();
            var change = rows.replaceAll(whole, page.position());
            rebuilding = false;
            publish(change);
        }
    }

    @Override
    public void onNotification(ServerMessage.Notification n) {
        Step<K, V> step =
                n.action() == Action.DELETE
                        ? rows.remove(n.id())
                        : rows.put(n.resource(), n.id(), n.data());
        add(step, n.tx(), n.txLast(), n.position());
    }

    @Override
    public void onLeft(ServerMessage.Left left) {
        Step<K, V> step = rows.remove(left.id());
        if (left.position().isPresent()) {
            String tx = left.tx().orElse("");
            add(step, tx, left.txLast(), left.position().get());
            return;
        }
        // the rights changed: at once, and again after what has yet to be applied
        if (!pending.isEmpty()) {
            pending.add(step);
        }
        publish(rows.apply(List.of(step), Optional.empty()));
    }

    private void add(Step<K, V> step, String tx, boolean last, Position position) {
        if (!pending.isEmpty() && pendingTx != null && !tx.equals(pendingTx)) {
            applyPending(pendingPosition);
        }
        pending.add(step);
        pendingTx = tx;
        pendingPosition = position;
        if (last) {
            applyPending(position);
        }
    }

    private void applyPending(@Nullable Position position) {
        List<Step<K, V>> whole = List.copyOf(pending);
        drop();
        publish(rows.apply(whole, Optional.ofNullable(position)));
    }

    private void drop() {
        pending.clear();
        pendingTx = null;
        pendingPosition = null;
    }

    @Override
    public void onComplete(Position position) {
        applyPending(position);
    }

    @Override
    public void onResync(Resync resync) {
        switch (resync.reason()) {
            case TRUNCATED -> {
                pending.add(new Step.Clear<>());
                pendingTx = null;
            }
            case POSITION_LOST -> {
                drop();
                snapshot = new ArrayList<>();
                rebuilding = true;
            }
            case SNAPSHOT_RESTARTED -> snapshot = new ArrayList<>();
        }
    }

    @Override
    public void onEnded(SyncException why) {
        ended = why;
        waiting.forEach(this::judge);
    }

    private void publish(Optional<ViewChange<K, V>> change) {
        current = rows.contents();
        change.ifPresent(told -> listeners.forEach(listening -> listening.tell(told)));
        waiting.forEach(this::judge);
    }

    private void judge(Waiting one) {
        ViewContents<K, V> now = current;
        try {
            if (one.condition.test(now)) {
                one.result.complete(now);
            }
        } catch (RuntimeException e) {
            one.result.completeExceptionally(e);
        }
        SyncException why = ended;
        if (why != null) {
            one.result.completeExceptionally(why);
        } else if (closed) {
            one.result.completeExceptionally(new CancellationException("the view was closed"));
        }
        if (one.result.isDone()) {
            waiting.remove(one);
        }
    }

    /** Somebody who waits for a condition. */
    private final class Waiting {
        final Predicate<ViewContents<K, V>> condition;
        final CompletableFuture<ViewContents<K, V>> result;

        Waiting(
                Predicate<ViewContents<K, V>> condition,
                CompletableFuture<ViewContents<K, V>> result) {
            this.condition = condition;
            this.result = result;
        }
    }

    /** A listener; each registration is its own. */
    private final class Listening implements Registration {
        private final Consumer<ViewChange<K, V>> listener;
        private volatile boolean over;

        Listening(Consumer<ViewChange<K, V>> listener) {
            this.listener = listener;
        }

        void tell(ViewChange<K, V> change) {
            if (over) {
                return;
            }
            try {
                listener.accept(change);
            } catch (RuntimeException | Error e) {
                LOG.log(System.Logger.Level.ERROR, "a listener of a view of " + expression(), e);
            }
        }

        @Override
        public void close() {
            over = true;
            listeners.remove(this);
        }
    }
}
