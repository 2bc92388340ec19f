package org.freelims.sync.session;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.freelims.sync.access.Principal;
import org.freelims.sync.access.View;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.subscription.Expression;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.Connection;
import org.freelims.sync.transport.Frame;
import org.jspecify.annotations.Nullable;

/**
 * One client's conversation: messages in, frames out, no I/O of its own. While somebody is being
 * signed in, what they say next waits. Confined to the hub's loop.
 */
final class Session {
    private static final Set<ErrorCode> OF_IDENTITY =
            Set.of(ErrorCode.BAD_TOKEN, ErrorCode.OTHER_PRINCIPAL, ErrorCode.UNAUTHENTICATED);

    private enum State {
        /** Nobody is signed in: only {@code authenticate} and {@code ping} are served. */
        UNKNOWN,
        /** A token is being looked at; other messages wait. */
        SIGNING_IN,
        KNOWN,
        CLOSED
    }

    private final Node node;
    private final Connection connection;
    private final CatchUp catchUp;
    private final Subscriber subscriber;
    private final Vitals vitals;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>(0);
    private final Map<Expression, Subscription> subscriptions = new LinkedHashMap<>(2);
    private State state = State.UNKNOWN;
    private @Nullable Principal principal;
    private @Nullable View view;
    private boolean flushing;
    private boolean flushingLive;

    Session(Node node, Connection connection) {
        this.node = node;
        this.connection = connection;
        this.catchUp = new CatchUp(this, node);
        this.subscriber = new Subscriber(this, node);
        this.vitals = new Vitals(this, node);
    }

    /** Greets the client and signs in whoever the handshake named. */
    void open(Optional<Principal> fromHandshake) {
        answer(
                new ServerMessage.Welcome(
                        MessageCodec.VERSION,
                        connection.id(),
                        node.position(),
                        node.limits().heartbeat().toMillis(),
                        node.limits().maxMessageBytes()));
        fromHandshake
                .or(node::anonymous)
                .ifPresent(known -> signIn(ClientMessage.NO_ID, () -> known, false));
    }

    /** A message that came while it is being looked up who sends it. */
    private record Waiting(ClientMessage message, Runnable taken) {}

    /**
     * Does what a client asks, now or when it is known who the client is.
     *
     * @param taken run when the message waits no more
     */
    void handle(ClientMessage message, Runnable taken) {
        if (state == State.CLOSED) {
            return;
        }
        if (state == State.SIGNING_IN) {
            waiting.add(new Waiting(message, taken));
            return;
        }
        taken.run();
        if (message instanceof ClientMessage.Authenticate m) {
            signIn(m.id(), () -> node.authenticator().authenticate(m.token()), true);
        } else if (message instanceof ClientMessage.Ping m) {
            answer(new ServerMessage.Pong(m.id()));
        } else if (message instanceof ClientMessage.Unreadable m) {
            unreadable(m);
        } else if (view == null) {
            answer(
                    new ServerMessage.Failed(
                            message.id(),
                            ErrorCode.UNAUTHENTICATED,
                            "Nobody is signed in here. Send an authenticate message first."));
        } else if (message instanceof ClientMessage.Subscribe m) {
            attempt(m.id(), () -> subscriber.subscribe(m));
        } else if (message instanceof ClientMessage.Unsubscribe m) {
            attempt(m.id(), () -> subscriber.unsubscribe(m));
        }
    }

    private void unreadable(ClientMessage.Unreadable message) {
        answer(new ServerMessage.Failed(message.id(), message.code(), message.message()));
        if (message.code() == ErrorCode.MALFORMED) {
            end(message.code(), new CloseReason(CloseReason.BAD_DATA, "not a JSON object"));
        } else if (message.code() == ErrorCode.MESSAGE_TOO_BIG) {
            end(message.code(), new CloseReason(CloseReason.TOO_BIG, "message too big"));
        }
    }

    private void attempt(long messageId, Runnable task) {
        try {
            task.run();
        } catch (SyncException e) {
            answer(new ServerMessage.Failed(messageId, e.code(), e.getMessage()));
        }
    }

    /** Looks a principal and its view up where that may block, then goes on with what waited. */
    private void signIn(long messageId, Node.Lookup<Principal> lookup, boolean answers) {
        state = State.SIGNING_IN;
        node.lookUp(
                () -> {
                    Principal found = lookup.get();
                    return new SignedIn(found, node.accessPolicy().view(found));
                },
                found -> {
                    signedIn(messageId, found, answers);
                    goOn();
                },
                e -> {
                    if (state != State.CLOSED) {
                        answer(new ServerMessage.Failed(messageId, e.code(), e.getMessage()));
                        goOn();
                    }
                });
    }

    private record SignedIn(Principal principal, View view) {}

    private void signedIn(long messageId, SignedIn found, boolean answers) {
        if (state == State.CLOSED) {
            return;
        }
        Principal now = found.principal();
        Principal before = principal;
        if (before != null
                && !before.equals(Principal.ANONYMOUS)
                && !before.name().equals(now.name())) {
            answer(
                    new ServerMessage.Failed(
                            messageId,
                            ErrorCode.OTHER_PRINCIPAL,
                            "Somebody else is signed in on this connection. Open another one."));
            return;
        }
        if (!arrived(now)) {
            close(ErrorCode.RATE_LIMITED, CloseReason.POLICY, "too many connections of one user");
            return;
        }
        principal = now;
        node.tell(listener -> listener.signedIn(client()));
        if (answers) {
            answer(new ServerMessage.Authenticated(messageId, now.name(), now.expiresAt()));
        }
        see(found.view());
    }

    /** Takes note of who is here now; false if they are here too often already. */
    private boolean arrived(Principal now) {
        if (principal != null && principal.name().equals(now.name())) {
            return true;
        }
        boolean few = node.presence().enter(now);
        if (few && principal != null) {
            node.presence().leave(principal);
        }
        return few;
    }

    private void see(View now) {
        boolean moves = view != null && !view.equals(now);
        view = now;
        if (moves) {
            subscriber.viewChanged();
        }
    }

    /**
     * The rights of the one who was signed in here a moment ago are these.
     *
     * @param now what may be seen; empty if the sign-in is over
     */
    void rightsAre(Principal of, Optional<View> now) {
        if (state != State.KNOWN || !of.equals(principal)) {
            return;
        }
        if (now.isPresent()) {
            see(now.get());
        } else {
            close(ErrorCode.REVOKED, CloseReason.POLICY, "access was revoked");
        }
    }

    private void goOn() {
        if (state == State.CLOSED) {
            return;
        }
        state = view == null ? State.UNKNOWN : State.KNOWN;
        while (state != State.SIGNING_IN && state != State.CLOSED && !waiting.isEmpty()) {
            Waiting next = waiting.remove();
            handle(next.message, next.taken);
        }
    }

    /** Queues a frame and sees that it is flushed. Returns whether the connection took it. */
    boolean offer(Frame frame) {
        boolean taken = connection.offer(frame);
        if (taken) {
            vitals.spoke();
            if (!flushing) {
                flushing = true;
                node.flushes().add(this);
            }
        }
        return taken;
    }

    /** As {@link #offer}; others may follow soon, and be written with it. */
    boolean offerLive(Frame frame) {
        boolean taken = connection.offer(frame);
        if (taken) {
            vitals.spoke();
            if (!flushingLive) {
                flushingLive = true;
                node.flushes().addLive(this);
            }
        }
        return taken;
    }

    private HubListener.Client client() {
        return new HubListener.Client(
                connection.id(), connection.remoteAddress(), principal().map(Principal::name));
    }

    void subscribing(Expression to) {
        node.tell(listener -> listener.subscribed(client(), to));
    }

    void denied(ErrorCode code, Optional<Expression> to) {
        node.tell(listener -> listener.denied(client(), code, to));
    }

    void answer(ServerMessage message) {
        if (message instanceof ServerMessage.Failed failed) {
            if (OF_IDENTITY.contains(failed.code())) {
                denied(failed.code(), Optional.empty());
            }
            node.tell(listener -> listener.refused(failed.code()));
        } else if (message instanceof ServerMessage.Resync resync) {
            node.tell(listener -> listener.refused(resync.code()));
        }
        answer(Frame.answer(message));
    }

    void answer(Frame frame) {
        offer(frame);
    }

    void flush() {
        flushing = false;
        flushingLive = false;
        connection.flush();
    }

    void overflowed() {
        node.tell(HubListener::overflowed);
        catchUp.overflowed(connection.dropPending());
    }

    void drained() {
        if (state != State.CLOSED) {
            catchUp.drained();
            subscriptions.values().forEach(Subscription::resumePump);
        }
    }

    /** All subscriptions are level with the node: the client may as well know. */
    void wentLive() {
        vitals.wentLive();
    }

    /** Ends subscriptions whose successors are gone. */
    void positionLost(List<Subscription> lost) {
        lost.forEach(subscriber::positionLost);
    }

    /** Ends a subscription that can't be served. */
    void subscriptionFailed(Subscription subscription, SyncException e) {
        subscriber.failed(subscription, e);
    }

    /**
     * Has whoever is live at this offset, or was told of more, go on from there through the log.
     */
    void catchUpFrom(long offset) {
        for (Subscription subscription : subscriptions.values()) {
            subscription.fellBehind(null, offset);
        }
        catchUp.begin();
    }

    /** The node follows another history now. */
    void historyLost() {
        // those whose start is still being looked at are measured by the new history anyway
        positionLost(subscriptions.values().stream().filter(Subscription::hasFeed).toList());
    }

    void tick(Instant now, long nanoTime) {
        if (state != State.CLOSED) {
            vitals.tick(now, nanoTime);
        }
    }

    /** Tells the client why, then closes. */
    void close(ErrorCode code, int closeCode, String text) {
        if (state == State.CLOSED) {
            return;
        }
        Duration after = code == ErrorCode.SHUTTING_DOWN ? node.jitter() : Duration.ZERO;
        boolean reconnect = code != ErrorCode.REVOKED;
        answer(new ServerMessage.Closing(code, reconnect, after.toMillis()));
        end(code, new CloseReason(closeCode, text));
    }

    /** The client takes nothing: there is no use in telling it. */
    void cut() {
        release(
                Optional.of(ErrorCode.STALLED),
                new CloseReason(CloseReason.BROKEN, "the client took nothing"));
        connection.terminate();
    }

    private void end(ErrorCode code, CloseReason reason) {
        flush();
        release(Optional.of(code), reason);
        connection.close(reason);
    }

    /**
     * The connection has ended, or is about to.
     *
     * @param code why this side ends it; empty if it was not this side
     */
    void release(Optional<ErrorCode> code, CloseReason reason) {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            var closed =
                    new HubListener.Closed(
                            connection.id(),
                            connection.remoteAddress(),
                            principal().map(Principal::name),
                            code,
                            reason,
                            connection.pendingBytes());
            node.tell(listener -> listener.closed(closed));
            waiting.clear();
            List.copyOf(subscriptions.values()).forEach(this::forget);
            if (principal != null) {
                node.presence().leave(principal);
            }
            node.forget(this);
        }
    }

    void add(Subscription subscription) {
        subscriptions.put(subscription.expression(), subscription);
    }

    /** Ends a subscription without a word. */
    void forget(Subscription subscription) {
        subscription.end();
        subscriptions.remove(subscription.expression(), subscription);
        if (subscription.hasFeed()) {
            node.registry().leave(subscription.feed(), subscription);
        }
    }

    Optional<Subscription> subscription(Expression expression) {
        return Optional.ofNullable(subscriptions.get(expression));
    }

    Collection<Subscription> subscriptions() {
        return subscriptions.values();
    }

    List<Subscription> subscriptionsCopy() {
        return new ArrayList<>(subscriptions.values());
    }

    /** Returns when it was opened, by the node's scheduler. */
    long openedNanos() {
        return vitals.openedNanos();
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    boolean isKnown() {
        return view != null;
    }

    boolean isSigningIn() {
        return state == State.SIGNING_IN;
    }

    Optional<Principal> principal() {
        return Optional.ofNullable(principal);
    }

    View view() {
        if (view == null) {
            throw new IllegalStateException("nobody is signed in");
        }
        return view;
    }

    SubscriptionCounts counts() {
        return node.counts();
    }

    CatchUp catchUp() {
        return catchUp;
    }

    Connection connection() {
        return connection;
    }
}
