package org.freelims.sync.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;
import org.jspecify.annotations.Nullable;

/*
 * Invariant: handlers are called one at a time, each subscription's calls in the order of add(), and what is first leaves
 * only after its call has returned or was given up.
 *
 * The lock (this) guards the queue, the paced lines, pendingBytes and the four flags, and is never held while a handler,
 * the store or the executor is called. `active` is true while a drain is scheduled, running, or waiting to retry; it turns
 * false only under the lock that saw nothing to do, so an add() or a handler that wants more either finds a drain or
 * starts one. `drainer` is the thread that runs it. `unsaved`, `attempts` and `pacedNext` belong to the drain.
 */
/**
 * The calls to handlers that wait, and the thread that makes them. It is bounded by its reader:
 * when it {@linkplain #isFull is full} the client stops reading, and goes on {@code onRoom}. What
 * waits for a {@link PacedHandler} is bounded by itself, and only its own subscription pauses.
 * Thread-safe.
 */
final class DeliveryQueue {
    private static final int BATCH = 64;
    private static final int SAVE_EVERY = 100;
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(10);

    private final Executor executor;
    private final Scheduler scheduler;
    private final Backoff backoff;
    private final RandomGenerator random;
    private final CursorStore cursors;
    private final long capBytes;
    private final Consumer<ClientEvent> events;
    private final Runnable onRoom;
    private final Pacing pacing;

    private final ArrayDeque<Entry> queue = new ArrayDeque<>();
    private final PacedDeliveries paced;
    private long pendingBytes;
    private boolean active;
    private boolean roomWanted;
    private boolean closed;
    private @Nullable Thread drainer;
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();

    private final Set<ActiveSubscription> unsaved = new LinkedHashSet<>();
    private int handledSinceSave;
    private int attempts;
    private boolean pacedNext;

    /** What is done about subscriptions whose handlers take less than comes. */
    interface Pacing {
        /** Enough waits: the server should send no more. */
        void pause(ActiveSubscription subscription);

        /** There is room again: the server should go on from what was sent last. */
        void resume(ActiveSubscription subscription);
    }

    private record Entry(ActiveSubscription subscription, Delivery delivery, boolean paced) {}

    DeliveryQueue(
            ClientSettings settings, Consumer<ClientEvent> events, Runnable onRoom, Pacing pacing) {
        this.executor = settings.executor();
        this.scheduler = settings.scheduler();
        this.backoff = settings.backoff();
        this.random = settings.random();
        this.cursors = settings.cursors();
        this.capBytes = settings.pendingBytes();
        this.events = events;
        this.onRoom = onRoom;
        this.pacing = pacing;
        this.paced = new PacedDeliveries(capBytes);
    }

    void add(ActiveSubscription subscription, Delivery delivery) {
        boolean full = false;
        synchronized (this) {
            if (closed) {
                return;
            }
            if (subscription.handler() instanceof PacedHandler) {
                full = paced.add(subscription, delivery);
            } else {
                queue.add(new Entry(subscription, delivery, false));
                pendingBytes += delivery.bytes();
            }
        }
        if (full) {
            pacing.pause(subscription);
        }
        goOn();
    }

    /** Starts a drain if there is none and something to do. */
    private void goOn() {
        synchronized (this) {
            if (active || closed || !hasWork()) {
                return;
            }
            active = true;
        }
        executor.execute(this::drain);
    }

    private boolean hasWork() {
        return !queue.isEmpty() || paced.hasNext();
    }

    private void awaken(ActiveSubscription subscription) {
        synchronized (this) {
            paced.setAwake(subscription, true);
        }
        goOn();
    }

    /**
     * Returns whether the client should stop reading; if so, {@code onRoom} runs when it may go on.
     */
    synchronized boolean isFull() {
        if (pendingBytes < capBytes) {
            return false;
        }
        roomWanted = true;
        return true;
    }

    private void drain() {
        synchronized (this) {
            if (closed) {
                return;
            }
            drainer = Thread.currentThread();
        }
        boolean again = true;
        for (int i = 0; i < BATCH && again; i++) {
            again = drainOne();
        }
        boolean ended;
        synchronized (this) {
            // a drain that is to go on by itself may have begun on another thread by now
            boolean mine = drainer == Thread.currentThread();
            if (mine) {
                drainer = null;
            }
            ended = closed && mine;
        }
        if (ended) {
            save();
            stopped.complete(null);
        } else if (again) {
            executor.execute(this::drain);
        }
    }

    /** Returns whether the drain should go on: false if nothing is left or a retry is due later. */
    private boolean drainOne() {
        Entry next = peek();
        if (next == null) {
            save();
            synchronized (this) {
                active = hasWork() && !closed;
                return active;
            }
        }
        if (next.paced() && waits(next)) {
            return true; // the others go on
        }
        if (!next.subscription().isOpen() || call(next)) {
            attempts = 0;
            remove(next);
            if (handledSinceSave >= SAVE_EVERY) {
                save();
            }
            return true;
        }
        return false;
    }

    /** Returns whether the call is not wanted yet; if so, its subscription sleeps until it is. */
    private boolean waits(Entry next) {
        ActiveSubscription subscription = next.subscription();
        if (!subscription.isOpen()
                || !(next.delivery() instanceof Delivery.Change)
                || !(subscription.handler() instanceof PacedHandler handler)) {
            return false;
        }
        synchronized (this) {
            paced.setAwake(subscription, false);
        }
        if (!handler.takes(() -> awaken(subscription))) {
            return true;
        }
        synchronized (this) {
            paced.setAwake(subscription, true);
        }
        return false;
    }

    /** Paced ones and others in turn; but what failed is tried again before anything else. */
    private synchronized @Nullable Entry peek() {
        if (closed) {
            return null;
        }
        pacedNext = !pacedNext && attempts == 0;
        ActiveSubscription first = pacedNext || queue.isEmpty() ? paced.next() : null;
        return first == null ? queue.peek() : new Entry(first, paced.first(first), true);
    }

    private void remove(Entry entry) {
        boolean room;
        if (entry.paced()) {
            removePaced(entry.subscription());
            return;
        }
        synchronized (this) {
            if (closed) {
                return;
            }
            queue.remove();
            pendingBytes -= entry.delivery().bytes();
            room = roomWanted && pendingBytes <= capBytes / 2;
            if (room) {
                roomWanted = false;
            }
        }
        if (room) {
            onRoom.run();
        }
    }

    private void removePaced(ActiveSubscription subscription) {
        boolean resumes;
        synchronized (this) {
            resumes = !closed && paced.remove(subscription);
        }
        if (resumes) {
            pacing.resume(subscription);
        }
    }

    /** Returns whether the entry is done with; if not, it is called again later. */
    private boolean call(Entry entry) {
        ActiveSubscription subscription = entry.subscription();
        try {
            entry.delivery().to(subscription.handler());
        } catch (Throwable e) { // an Error of one handler must not stop all others silently
            return !failed(entry, e);
        }
        handled(entry);
        return true;
    }

    private void handled(Entry entry) {
        Position reached = entry.delivery().reaches();
        if (reached != null) {
            ActiveSubscription subscription = entry.subscription();
            subscription.handled(reached);
            if (subscription.options().keepsPosition()) {
                unsaved.add(subscription);
                handledSinceSave++;
            }
        }
    }

    private boolean failed(Entry entry, Throwable failure) {
        attempts++;
        ActiveSubscription subscription = entry.subscription();
        HandlerFailures.Decision decision =
                entry.delivery() instanceof Delivery.Ended
                        ? HandlerFailures.Decision.SKIP
                        : subscription.options().handlerFailures().decide(failure, attempts);
        events.accept(new ClientEvent.HandlerFailed(subscription, failure, attempts, decision));
        switch (decision) {
            case SKIP -> handled(entry);
            case STOP -> stop(subscription, failure);
            case RETRY ->
                    scheduler.after(
                            backoff.delay(attempts, random), () -> executor.execute(this::drain));
        }
        return decision == HandlerFailures.Decision.RETRY;
    }

    private void stop(ActiveSubscription subscription, Throwable failure) {
        SyncException why =
                new SyncException(
                        ErrorCode.INTERNAL,
                        "The handler of "
                                + subscription.expression()
                                + " failed "
                                + attempts
                                + " times with "
                                + failure.getClass().getName()
                                + ". Correct it and subscribe again from "
                                + subscription
                                        .position()
                                        .map(Position::toString)
                                        .orElse("the start")
                                + ".",
                        failure);
        subscription.endByItself(why);
        try {
            subscription.handler().onEnded(why);
        } catch (Throwable e) {
            events.accept(
                    new ClientEvent.HandlerFailed(
                            subscription, e, 1, HandlerFailures.Decision.SKIP));
        }
    }

    private void save() {
        handledSinceSave = 0;
        List<ActiveSubscription> kept = new ArrayList<>(unsaved);
        unsaved.clear();
        for (ActiveSubscription subscription : kept) {
            Optional<Position> position = subscription.position();
            try {
                position.ifPresent(at -> cursors.save(subscription.cursorName(), at));
            } catch (RuntimeException e) {
                unsaved.add(subscription);
                events.accept(new ClientEvent.CursorNotSaved(subscription, e));
            }
        }
    }

    /**
     * Forgets what waits, lets a call that is running return, and saves what was handled. No call
     * begins afterwards.
     */
    void close() {
        boolean running;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            queue.clear();
            paced.clear();
            pendingBytes = 0;
            running = drainer != null;
            if (drainer == Thread.currentThread()) {
                // called by a handler: its own drain saves when the call has returned
                return;
            }
        }
        if (!running) {
            save();
            return;
        }
        try {
            stopped.get(CLOSE_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException | java.util.concurrent.ExecutionException e) {
            System.getLogger(DeliveryQueue.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "a handler is still running " + CLOSE_WAIT + " after close()");
        }
    }
}
