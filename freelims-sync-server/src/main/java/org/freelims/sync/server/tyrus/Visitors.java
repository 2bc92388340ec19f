package org.freelims.sync.server.tyrus;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.freelims.sync.server.tyrus.Visitor.Phase;
import org.glassfish.grizzly.Closeable;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.Grizzly;
import org.glassfish.grizzly.ICloseType;
import org.glassfish.grizzly.attributes.Attribute;

/**
 * All connections of the port: how many there are, from where, and whether they keep their
 * deadlines. Thread-safe.
 */
final class Visitors {
    private static final Logger LOG = System.getLogger(Visitors.class.getName());

    private static final Attribute<Visitor> VISITOR =
            Grizzly.DEFAULT_ATTRIBUTE_BUILDER.createAttribute(Visitors.class.getName());

    private final ConnectionLimits limits;
    private final Set<Visitor> all = ConcurrentHashMap.newKeySet();
    private final Map<String, AtomicInteger> openByAddress = new ConcurrentHashMap<>();
    private final AtomicInteger open = new AtomicInteger();

    Visitors(ConnectionLimits limits) {
        this.limits = limits;
    }

    /** Sees to the deadlines from now on, several times in each. */
    void watch(ScheduledExecutorService timer) {
        long shortest =
                Math.min(
                        Math.min(
                                limits.handshakeTimeout().toMillis(),
                                limits.pingInterval().toMillis()),
                        Math.min(
                                limits.closeTimeout().toMillis(), limits.idleTimeout().toMillis()));
        long everyMs = Math.max(10, Math.min(1000, shortest / 4));
        Future<?> unused =
                timer.scheduleWithFixedDelay(this::check, everyMs, everyMs, TimeUnit.MILLISECONDS);
    }

    private void check() {
        long now = System.nanoTime();
        long ping = limits.pingInterval().toNanos();
        for (Visitor visitor : all) {
            try {
                visitor.check(now, ping);
            } catch (RuntimeException e) {
                // one connection's defect must not end the watch over the others
                LOG.log(Level.ERROR, "A connection could not be pinged or cut.", e);
            }
        }
    }

    /** Takes note of an accepted connection; one too many is cut before it can send anything. */
    void arrived(Connection<?> connection) {
        String address = address(connection);
        Visitor visitor =
                new Visitor(
                        connection,
                        address,
                        System.nanoTime() + limits.handshakeTimeout().toNanos());
        // beyond those that may be open there must be room for such as are told so, and for plain
        // HTTP
        if (all.size() >= 2L * limits.connections() + 64) {
            connection.terminateSilently();
            return;
        }
        VISITOR.set(connection, visitor);
        all.add(visitor);
        whenClosed(
                connection,
                () -> {
                    all.remove(visitor);
                    visitor.ended();
                });
    }

    /**
     * Runs a task once the connection has ended, on whichever thread ends it; at once if it has.
     */
    @SuppressWarnings("deprecation") // Grizzly's own listener interface names a deprecated type
    static void whenClosed(Connection<?> connection, Runnable task) {
        connection.addCloseListener((Closeable closed, ICloseType type) -> task.run());
    }

    /** Returns who a connection is; one that came before the watch began is cut. */
    static Optional<Visitor> of(Connection<?> connection) {
        return Optional.ofNullable(VISITOR.get(connection));
    }

    /** Returns the refusal if one more WebSocket from there would be too many; else counts it. */
    Optional<Refusal> admit(Visitor visitor) {
        if (open.incrementAndGet() > limits.connections()) {
            open.decrementAndGet();
            return Optional.of(
                    Refusal.of(
                            503,
                            "The server has as many connections as it may have. Try again later.",
                            Map.of("Retry-After", "5")));
        }
        int fromThere =
                openByAddress
                        .computeIfAbsent(visitor.address(), a -> new AtomicInteger())
                        .incrementAndGet();
        if (fromThere > limits.connectionsPerAddress()) {
            leave(visitor);
            return Optional.of(
                    Refusal.of(
                            429,
                            "There are too many connections from your address. Close some, or ask"
                                    + " the administrator to raise the limit.",
                            Map.of("Retry-After", "5")));
        }
        return Optional.empty();
    }

    /** Takes back an {@link #admit}: the WebSocket has ended or was not opened. */
    void leave(Visitor visitor) {
        open.decrementAndGet();
        openByAddress.computeIfPresent(
                visitor.address(), (a, count) -> count.decrementAndGet() <= 0 ? null : count);
    }

    /** Returns how many WebSockets are open or being opened. */
    int open() {
        return open.get();
    }

    void enter(Visitor visitor, Phase phase) {
        long nanos =
                switch (phase) {
                    case HEADER, JUDGING -> limits.handshakeTimeout().toNanos();
                    case BODY, WRITING -> limits.bodyTimeout().toNanos();
                    case IDLE -> limits.idleTimeout().toNanos();
                    case REFUSED, RESPONDING, OPEN -> limits.closeTimeout().toNanos();
                };
        visitor.enter(phase, System.nanoTime() + nanos);
    }

    void terminateAll() {
        all.forEach(Visitor::terminate);
    }

    private static String address(Connection<?> connection) {
        Object peer = connection.getPeerAddress();
        return peer instanceof InetSocketAddress inet && inet.getAddress() != null
                ? inet.getAddress().getHostAddress()
                : "unknown";
    }
}
