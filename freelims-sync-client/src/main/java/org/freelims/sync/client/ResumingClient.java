package org.freelims.sync.client;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.freelims.sync.client.transport.ClientConnection;
import org.freelims.sync.client.transport.ClientConnectionListener;
import org.freelims.sync.client.transport.ConnectFailedException;
import org.freelims.sync.client.transport.ConnectRequest;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.subscription.Expression;
import org.freelims.sync.transport.CloseReason;
import org.jspecify.annotations.Nullable;

/*
 * What goes on here runs in one of three places:
 *  - the lane: session, table, subscriptions. It never blocks, and runs on whichever thread brings something first;
 *  - the delivery queue: handlers and the cursor store, one call at a time, on the executor;
 *  - the events lane: the listener, on the executor, so that a slow handler does not hide that the connection is lost.
 *
 * A message goes transport -> lane -> delivery queue -> handler. The transport brings PREFETCH messages unasked; for each
 * one that the lane is done with another is requested, unless the queue is full: then `owed` counts them until there is
 * room. So what waits is bounded, and a slow handler ends up as a full socket at the server. A subscription whose handler
 * says when it takes a change does not count there: when enough waits for it, it alone is ended at the server, and goes
 * on from its last position once there is room.
 */
/** The {@link SyncClient}: joins the session's state machine to the transport and the program. */
final class ResumingClient implements SyncClient, ClientSession.Io {
    private static final int PREFETCH = 32;
    private static final Duration GOODBYE = Duration.ofSeconds(2);
    private static final System.Logger LOG = System.getLogger(ResumingClient.class.getName());

    private final ClientSettings settings;
    private final SerialLane lane;
    private final SerialLane events;
    private final DeliveryQueue deliveries;
    private final ClientSession session;
    private final Map<String, ActiveSubscription> byExpression = new ConcurrentHashMap<>();
    private final CompletableFuture<Void> connected = new CompletableFuture<>();
    private volatile State state = State.NEW;

    // the lane's
    private @Nullable Wire wire;

    ResumingClient(ClientSettings settings) {
        this.settings = settings;
        this.lane = new SerialLane(Runnable::run, this::laneFailed);
        this.events =
                new SerialLane(
                        settings.executor(),
                        e -> LOG.log(System.Logger.Level.WARNING, "a client's listener failed", e));
        this.deliveries =
                new DeliveryQueue(settings, this::report, () -> post(this::onRoom), new Pacing());
        this.session = new ClientSession(settings, this);
    }

    private void post(Runnable task) {
        lane.post(task);
    }

    private void onRoom() {
        session.onRoom(true);
    }

    private void laneFailed(Throwable failure) {
        LOG.log(System.Logger.Level.ERROR, "a defect of the client; it connects anew", failure);
        session.startOver("a defect of the client: " + failure);
    }

    // the program

    @Override
    public CompletableFuture<Void> connect() {
        post(session::open);
        return connected.copy();
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public Subscription subscribe(
            String expression, StartFrom from, SubscriptionOptions options, SyncHandler handler) {
        String canonical = Expression.parse(expression).toString();
        Optional<Position> saved =
                options.keepsPosition()
                        ? settings.cursors().load(options.cursor().orElse(canonical))
                        : Optional.empty();
        ActiveSubscription subscription =
                new ActiveSubscription(
                        canonical,
                        from,
                        saved,
                        options,
                        handler,
                        settings.executor(),
                        deliveries::add,
                        this::onSubscriptionEnded);
        byExpression.compute(
                canonical,
                (key, present) -> {
                    if (state == State.ENDED) {
                        throw new IllegalStateException(
                                "the client has ended; make another to subscribe");
                    }
                    if (present != null
                            && present.isOpen()
                            && present.state() != Subscription.State.ENDED) {
                        throw new IllegalStateException(
                                "there is a subscription to "
                                        + canonical
                                        + " already; close it first, or let one handler serve"
                                        + " both");
                    }
                    return subscription;
                });
        post(() -> session.subscriptions().add(subscription));
        return subscription;
    }

    private void onSubscriptionEnded(ActiveSubscription ended, Optional<SyncException> why) {
        post(() -> session.subscriptions().remove(ended, why));
    }

    @Override
    public void close() {
        post(
                () -> {
                    Wire last = wire;
                    wire = null;
                    if (last != null) {
                        last.leave();
                    }
                    session.close();
                });
        deliveries.close();
    }

    // ClientSession.Io, in the lane

    @Override
    public void askToken() {
        Supplier<String> token = settings.token();
        if (token == null) {
            throw new IllegalStateException("there is no token to ask for");
        }
        settings.executor()
                .execute(
                        () -> {
                            try {
                                String fresh = token.get();
                                if (fresh == null) {
                                    throw new IllegalStateException("the token supplier gave null");
                                }
                                post(() -> session.onToken(fresh));
                            } catch (RuntimeException e) {
                                post(() -> session.onTokenFailed(e));
                            }
                        });
    }

    @Override
    public void connect(Optional<String> token) {
        Map<String, String> headers = new HashMap<>(settings.headers());
        token.ifPresent(t -> headers.putIfAbsent("Authorization", "Bearer " + t));
        wire = new Wire();
        wire.connect(new ConnectRequest(settings.uri(), headers, settings.connectTimeout()));
    }

    @Override
    public void read() {
        if (wire != null) {
            wire.owed++;
            if (deliveries.isFull()) {
                session.onRoom(false);
            } else {
                wire.readOn();
            }
        }
    }

    @Override
    public void readOn() {
        if (wire != null) {
            wire.readOn();
        }
    }

    @Override
    public boolean isFull() {
        return deliveries.isFull();
    }

    @Override
    public void send(ClientMessage message) {
        if (wire != null) {
            wire.send(MessageCodec.encode(message));
        }
    }

    @Override
    public void cut() {
        Wire last = wire;
        wire = null;
        if (last != null) {
            last.cut();
        }
    }

    @Override
    public void report(ClientEvent event) {
        events.post(() -> settings.listener().accept(event));
    }

    @Override
    public void state(State next) {
        state = next;
        if (next == State.CONNECTED && !connected.isDone()) {
            settings.executor().execute(() -> connected.complete(null));
        }
    }

    @Override
    public void ended(@Nullable RuntimeException why) {
        state = State.ENDED;
        report(new ClientEvent.Ended(Optional.ofNullable(why)));
        RuntimeException failure =
                why == null ? new CancellationException("the client was closed") : why;
        settings.executor().execute(() -> connected.completeExceptionally(failure));
    }

    @Override
    public Scheduler.Timer after(Duration delay, Runnable task) {
        return settings.scheduler().after(delay, () -> post(task));
    }

    /** Lets subscriptions pause at the server. */
    private final class Pacing implements DeliveryQueue.Pacing {
        @Override
        public void pause(ActiveSubscription subscription) {
            post(() -> session.subscriptions().pause(subscription));
        }

        @Override
        public void resume(ActiveSubscription subscription) {
            post(() -> session.subscriptions().resume(subscription));
        }
    }

    /** One connection, or the attempt at one. What it says counts while it is the present one. */
    private final class Wire implements ClientConnectionListener {
        private @Nullable CompletableFuture<ClientConnection> opening;
        private @Nullable ClientConnection connection;
        private int owed = PREFETCH;

        void connect(ConnectRequest request) {
            opening = settings.transport().connect(request, this);
            var unused =
                    opening.whenComplete((open, failure) -> post(() -> onConnected(open, failure)));
        }

        private void onConnected(@Nullable ClientConnection open, @Nullable Throwable failure) {
            if (open != null) {
                if (wire == this) {
                    connection = open;
                    session.onOpened();
                } else {
                    open.abort();
                }
            } else if (failure != null && wire == this) {
                wire = null;
                session.onConnectFailed(asConnectFailed(failure));
            }
        }

        private ConnectFailedException asConnectFailed(Throwable failure) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null
                            ? failure.getCause()
                            : failure;
            return cause instanceof ConnectFailedException known
                    ? known
                    : new ConnectFailedException(
                            ConnectFailedException.Kind.BROKEN,
                            "The transport failed: " + cause,
                            cause);
        }

        private void inLane(Runnable task) {
            post(
                    () -> {
                        if (wire == this) {
                            task.run();
                        }
                    });
        }

        @Override
        public void onText(String text) {
            inLane(() -> session.onText(text));
        }

        @Override
        public void onAlive() {
            inLane(session::onAlive);
        }

        @Override
        public void onClosed(CloseReason reason) {
            inLane(
                    () -> {
                        wire = null;
                        session.onClosed(reason);
                    });
        }

        void send(String text) {
            if (connection != null) {
                connection.send(text);
            }
        }

        void readOn() {
            if (connection != null && owed > 0) {
                int messages = owed;
                owed = 0;
                connection.request(messages);
            }
        }

        void cut() {
            if (connection != null) {
                connection.abort();
            } else if (opening != null) {
                opening.cancel(false);
            }
        }

        /** Says goodbye, and does not wait for the answer for long. */
        void leave() {
            ClientConnection open = connection;
            if (open == null) {
                cut();
            } else {
                open.close(new CloseReason(CloseReason.NORMAL, ""));
                settings.scheduler().after(GOODBYE, open::abort);
            }
        }
    }
}
