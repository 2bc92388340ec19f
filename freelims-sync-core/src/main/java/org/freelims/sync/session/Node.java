package org.freelims.sync.session;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.freelims.sync.access.AccessPolicy;
import org.freelims.sync.access.Authenticator;
import org.freelims.sync.access.Principal;
import org.freelims.sync.access.ResourceCatalog;
import org.freelims.sync.log.Change;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.log.SnapshotSource;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.subscription.Feed;
import org.freelims.sync.subscription.LoggedChange;
import org.freelims.sync.subscription.SubscriptionRegistry;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.Connection;
import org.freelims.sync.transport.ConnectionListener;
import org.freelims.sync.transport.Frame;
import org.freelims.sync.transport.SerialExecutor;
import org.jspecify.annotations.Nullable;

/*
 * Everything that changes (registry, feeds, sessions, subscriptions, recent changes) is confined to one serial loop, so
 * there are no locks and no two orders of events to think of. What may block (the log, snapshots, authentication) runs on
 * the blocking executor and comes back as a task of the loop.
 *
 * Invariant: `position` is the last change dispatched. Every live subscription has been offered every change of its feed
 * up to there and none after it; `recent` ends there.
 */
/** What runs behind a {@code SyncHub}; applications use that. Public methods are thread-safe. */
public final class Node implements LogTail.Reader {
    /** How long to wait before something that failed is tried again. */
    static final Duration RETRY = Duration.ofMillis(200);

    private static final Logger LOGGER = System.getLogger(Node.class.getName());
    private static final Duration TICK = Duration.ofMillis(250);
    private static final int CHANGES_A_TURN = 64;

    /** What a node works with. */
    public record Parts(
            ChangeLog log,
            Optional<SnapshotSource> snapshots,
            Optional<ResourceCatalog> catalog,
            Authenticator authenticator,
            AccessPolicy accessPolicy,
            boolean allowAnonymous,
            Limits limits,
            Executor loop,
            Executor blocking,
            Scheduler scheduler,
            RandomGenerator random,
            HubListener listener) {}

    private final Parts parts;
    private final SerialExecutor loop;
    private final SubscriptionRegistry registry = new SubscriptionRegistry();
    private final Set<Session> sessions = new LinkedHashSet<>();
    private final FlushQueue flushes;
    private final Set<CatchUp> aheadOfNode = new LinkedHashSet<>();
    private final SnapshotSlots snapshotSlots;
    private final LogTail tail;
    private final LogPages pages;
    private final Reporter reporter;
    private final Rights rights;
    private final SubscriptionCounts counts = new SubscriptionCounts();
    private final Presence presence;
    private RecentChanges recent;
    private Position position;
    private @Nullable Frame heartbeat;
    private boolean closed;
    private int ticks;
    private long dispatched;
    private int deliveries;
    private volatile NodeStats stats;

    /**
     * Makes a node that follows the log from its head.
     *
     * @throws SyncException {@link ErrorCode#UNAVAILABLE} if the log can't be read
     */
    public Node(Parts parts) {
        this.parts = parts;
        this.loop = new SerialExecutor(parts.loop());
        this.position = parts.log().head();
        this.recent = new RecentChanges(parts.limits().recentBytes(), position);
        this.stats = NodeStats.none(position);
        this.flushes = new FlushQueue(loop, parts.scheduler(), parts.limits());
        this.snapshotSlots = new SnapshotSlots(parts.limits().maxSnapshots());
        this.tail =
                new LogTail(
                        parts.log(),
                        this,
                        loop,
                        parts.blocking(),
                        parts.scheduler(),
                        parts.limits().pageSize());
        this.reporter = new Reporter(sessions, registry);
        this.presence = new Presence(parts.limits().maxConnectionsPerUser());
        this.rights = new Rights(this, parts.accessPolicy());
        this.pages =
                new LogPages(
                        parts.log(),
                        loop,
                        parts.blocking(),
                        parts.limits().pageSize(),
                        parts.limits().recentBytes() / 4);
    }

    /** Starts to follow the log. */
    public void start() {
        loop.execute(
                () -> {
                    tail.start();
                    nextTick();
                });
    }

    /** Takes a connection over; what the transport then hears goes to the listener. */
    public ConnectionListener open(Connection connection, Optional<Principal> principal) {
        Session session = new Session(this, connection);
        loop.execute(
                () -> {
                    if (closed) {
                        connection.close(
                                new CloseReason(
                                        CloseReason.GOING_AWAY, "the server is going down"));
                        return;
                    }
                    sessions.add(session);
                    tell(HubListener::opened);
                    session.open(principal);
                });
        return new SessionGate(this, session);
    }

    /** Returns figures of a moment ago. */
    public NodeStats stats() {
        return stats;
    }

    /**
     * Returns who is connected and to what they subscribe; complete when the loop has come to it.
     *
     * @param most how many sessions and how many feeds are listed, at most
     */
    public CompletableFuture<NodeReport> report(int most) {
        CompletableFuture<NodeReport> reported = new CompletableFuture<>();
        loop.execute(
                () ->
                        reported.complete(
                                reporter.report(
                                        position.offset(), parts.scheduler().nanoTime(), most)));
        return reported;
    }

    /**
     * Tells every client to come back later, closes their connections and stops following the log.
     */
    public CompletableFuture<Void> shutdown() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(
                () -> {
                    closed = true;
                    tail.close();
                    for (Session session : List.copyOf(sessions)) {
                        session.close(
                                ErrorCode.SHUTTING_DOWN,
                                CloseReason.GOING_AWAY,
                                "the server is going down");
                    }
                    done.complete(null);
                });
        return done;
    }

    @Override
    public Position position() {
        return position;
    }

    @Override
    public void take(List<Change> changes, Runnable done) {
        int turn = Math.min(changes.size(), CHANGES_A_TURN);
        dispatch(changes.subList(0, turn));
        if (turn < changes.size() && !closed) {
            loop.execute(() -> take(changes.subList(turn, changes.size()), done));
        } else {
            done.run();
        }
    }

    private void dispatch(List<Change> changes) {
        for (Change change : changes) {
            LoggedChange logged = new LoggedChange(change);
            publish(logged);
            recent.add(logged);
            position = change.position();
            dispatched++;
            int sent = deliveries;
            deliveries = 0;
            tell(listener -> listener.dispatched(change, sent));
            flushes.published(logged.bytes());
        }
        flushes.dispatched();
        List<CatchUp> reached = List.copyOf(aheadOfNode);
        aheadOfNode.clear();
        reached.forEach(CatchUp::begin);
    }

    /**
     * Tells all feeds of a change. Should one fail, everybody is offered the change again from
     * where they are, by the way that a lagging client goes, and there only the failing feed's
     * subscriptions end.
     */
    private void publish(LoggedChange logged) {
        try {
            registry.publish(logged, this::deliver);
        } catch (RuntimeException e) {
            LOGGER.log(Level.ERROR, "a feed failed on the change at " + logged.offset(), e);
            sessions.forEach(session -> session.catchUpFrom(position.offset()));
        }
    }

    private void deliver(Feed feed, Frame frame) {
        for (int i = 0; i < feed.memberCount(); i++) {
            if (((Subscription) feed.member(i)).deliver(frame)) {
                deliveries++;
            }
        }
    }

    private record Bounds(Position oldest, Position head) {}

    @Override
    public void historyLost(Runnable done) {
        if (closed) {
            return;
        }
        lookUp(
                () -> new Bounds(parts.log().oldest(), parts.log().head()),
                bounds -> {
                    goOnFrom(bounds);
                    done.run();
                },
                e -> parts.scheduler().after(RETRY, () -> loop.execute(() -> historyLost(done))));
    }

    /**
     * Follows the log from its head. If only this node had fallen behind what is kept, each
     * subscription finds out for itself whether its own place is still there; in another history
     * none is.
     */
    private void goOnFrom(Bounds bounds) {
        Position before = position;
        boolean expired =
                bounds.oldest().epoch().equals(before.epoch())
                        && bounds.oldest().offset() > before.offset();
        position = bounds.head();
        recent = new RecentChanges(parts.limits().recentBytes(), position);
        for (Session session : List.copyOf(sessions)) {
            if (expired) {
                session.catchUpFrom(before.offset());
            } else {
                session.historyLost();
            }
        }
    }

    private void nextTick() {
        parts.scheduler().after(TICK, () -> loop.execute(this::tick));
    }

    private void tick() {
        if (closed) {
            return;
        }
        if (++ticks % 4 == 0) {
            // the log's own wake-up may have been lost with a connection
            tail.wake();
        }
        for (Session session : List.copyOf(sessions)) {
            session.tick(parts.scheduler().now(), parts.scheduler().nanoTime());
        }
        rights.tick(sessions);
        count();
        nextTick();
    }

    private void count() {
        long pendingBytes = 0;
        for (Session session : sessions) {
            pendingBytes += session.connection().pendingBytes();
        }
        stats =
                new NodeStats(
                        position,
                        sessions.size(),
                        counts.all(),
                        counts.catchingUp(),
                        registry.feedCount(),
                        dispatched,
                        pages.reads(),
                        recent.bytes(),
                        pendingBytes);
    }

    /** What may block. */
    @FunctionalInterface
    interface Lookup<T> {
        T get();
    }

    /** Looks something up where that may block, and goes on with it on the loop. */
    <T> void lookUp(Lookup<T> lookup, Consumer<T> then, Consumer<SyncException> otherwise) {
        parts.blocking()
                .execute(
                        () -> {
                            try {
                                T found = lookup.get();
                                loop.execute(() -> then.accept(found));
                            } catch (RuntimeException e) {
                                SyncException failure = asSync(e, "This");
                                loop.execute(() -> otherwise.accept(failure));
                            }
                        });
    }

    static SyncException asSync(RuntimeException e, String what) {
        if (e instanceof SyncException sync) {
            return sync;
        }
        LOGGER.log(Level.ERROR, what + " failed", e);
        return new SyncException(
                ErrorCode.INTERNAL, what + " failed on the server; its log says why.", e);
    }

    /** Tells who listens; what it throws is its own defect and none of the hub's. */
    void tell(Consumer<HubListener> what) {
        try {
            what.accept(parts.listener());
        } catch (RuntimeException e) {
            LOGGER.log(Level.ERROR, "a listener failed", e);
        }
    }

    Presence presence() {
        return presence;
    }

    SubscriptionCounts counts() {
        return counts;
    }

    void forget(Session session) {
        sessions.remove(session);
    }

    void wakeWhenDispatched(CatchUp catchUp) {
        aheadOfNode.add(catchUp);
    }

    FlushQueue flushes() {
        return flushes;
    }

    Frame heartbeat() {
        Frame made = heartbeat;
        if (made == null || !made.position().equals(position)) {
            made = Frame.heartbeat(new ServerMessage.Heartbeat(position));
            heartbeat = made;
        }
        return made;
    }

    Duration jitter() {
        return Duration.ofMillis(
                parts.random().nextLong(parts.limits().reconnectSpread().toMillis() + 1));
    }

    Optional<Principal> anonymous() {
        return parts.allowAnonymous() ? Optional.of(Principal.ANONYMOUS) : Optional.empty();
    }

    Executor loop() {
        return loop;
    }

    Executor blocking() {
        return parts.blocking();
    }

    Scheduler scheduler() {
        return parts.scheduler();
    }

    /** Returns what clients may do. */
    public Limits limits() {
        return parts.limits();
    }

    ChangeLog log() {
        return parts.log();
    }

    Optional<SnapshotSource> snapshots() {
        return parts.snapshots();
    }

    Optional<ResourceCatalog> catalog() {
        return parts.catalog();
    }

    Authenticator authenticator() {
        return parts.authenticator();
    }

    AccessPolicy accessPolicy() {
        return parts.accessPolicy();
    }

    SubscriptionRegistry registry() {
        return registry;
    }

    RecentChanges recent() {
        return recent;
    }

    LogPages pages() {
        return pages;
    }

    SnapshotSlots snapshotSlots() {
        return snapshotSlots;
    }
}
