package org.freelims.sync.server.tyrus;

import java.util.List;
import java.util.Optional;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.attributes.AttributeHolder;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.filterchain.NextAction;
import org.glassfish.grizzly.http.HttpContext;
import org.jspecify.annotations.Nullable;

/** One TCP connection, from its acceptance to its end. Thread-safe. */
final class Visitor {
    /** What the connection is doing, and so which deadline holds for it. */
    enum Phase {
        /** The header of its first request, or of the next, is to come in full. */
        HEADER,
        /** A route is deciding about its handshake. */
        JUDGING,
        /** A request's body is to come in full. */
        BODY,
        /** A request is being answered; how long is the handler's affair. */
        RESPONDING,
        /** A route's answer is to be taken in full. */
        WRITING,
        /** It may bring another request. */
        IDLE,
        /** It was refused; what it sends is dropped until it goes or is cut. */
        REFUSED,
        /** It is a WebSocket. */
        OPEN
    }

    private static final String HTTP_PACKAGE = HttpContext.class.getPackageName() + '.';

    /** By then no filter of the HTTP chain looks at the handshake any more. */
    private static final long HANDSHAKE_OVER_NANOS = 1_000_000_000;

    private final Connection<?> connection;
    private final String address;

    // guarded by this
    private Phase phase = Phase.HEADER;
    private long deadlineNanos;
    private @Nullable GrizzlyChannel channel;
    private int unansweredPings;
    private long nextPingNanos;
    private long writtenBytes;
    private long forgetsHttpNanos;
    private boolean remembersHttp;
    private @Nullable OpenExchange exchange;
    private @Nullable FilterChainContext held;
    private boolean ended;

    Visitor(Connection<?> connection, String address, long deadlineNanos) {
        this.connection = connection;
        this.address = address;
        this.deadlineNanos = deadlineNanos;
    }

    String address() {
        return address;
    }

    synchronized Phase phase() {
        return phase;
    }

    synchronized void enter(Phase next, long deadlineNanos) {
        if (phase != Phase.REFUSED && phase != Phase.OPEN) {
            phase = next;
            this.deadlineNanos = deadlineNanos;
        }
    }

    synchronized void open(GrizzlyChannel opened, long nowNanos, long nextPingNanos) {
        phase = Phase.OPEN;
        forgetsHttpNanos = nowNanos + HANDSHAKE_OVER_NANOS;
        remembersHttp = true;
        channel = opened;
        this.nextPingNanos = nextPingNanos;
    }

    /** The client has sent something. */
    synchronized void alive() {
        unansweredPings = 0;
    }

    /** A route is to answer a request; returns whether the client is still there. */
    synchronized boolean begin(OpenExchange begun) {
        exchange = begun;
        return !ended;
    }

    /**
     * Keeps what comes after a request until that has its answer.
     *
     * @return what the filter is to return if so; {@code null} if no request waits
     */
    synchronized @Nullable NextAction hold(FilterChainContext ctx) {
        if (exchange == null || !exchange.isComplete()) {
            return null;
        }
        NextAction suspended = ctx.getSuspendAction();
        ctx.suspend();
        held = ctx;
        return suspended;
    }

    /** A request has its answer: returns what was held. */
    synchronized Optional<FilterChainContext> over() {
        FilterChainContext next = held;
        exchange = null;
        held = null;
        return Optional.ofNullable(next);
    }

    /** The connection has ended. */
    void ended() {
        OpenExchange open;
        synchronized (this) {
            ended = true;
            open = exchange;
        }
        if (open != null) {
            open.ended();
        }
    }

    /** A WebSocket is closing: it must be over by then. */
    synchronized void closing(long byNanos) {
        deadlineNanos = byNanos;
        nextPingNanos = Long.MAX_VALUE;
    }

    /** Does what is due by now: a ping, or the end. */
    void check(long nowNanos, long pingNanos) {
        GrizzlyChannel toPing = null;
        synchronized (this) {
            if (remembersHttp && nowNanos - forgetsHttpNanos >= 0) {
                remembersHttp = false;
                forgetHttp();
            }
            if (phase != Phase.OPEN || nextPingNanos == Long.MAX_VALUE) {
                if (phase == Phase.RESPONDING || nowNanos - deadlineNanos < 0) {
                    return;
                }
            } else if (nowNanos - nextPingNanos < 0) {
                return;
            } else if (reads()) {
                // the ping waits its turn behind what the client has yet to read
                nextPingNanos = nowNanos + pingNanos;
                return;
            } else if (unansweredPings < 2) {
                unansweredPings++;
                nextPingNanos = nowNanos + pingNanos;
                toPing = channel;
            }
        }
        if (toPing != null) {
            toPing.ping();
        } else {
            terminate();
        }
    }

    /** Grizzly keeps a connection's last request and response with it: 6 KB that nobody needs. */
    private void forgetHttp() {
        AttributeHolder held = connection.getAttributes();
        for (String name : List.copyOf(held.getAttributeNames())) {
            if (name.startsWith(HTTP_PACKAGE)) {
                held.removeAttribute(name);
            }
        }
    }

    /** Whether the client has taken some of what waits for it since this was asked last. */
    private boolean reads() {
        GrizzlyChannel asked = channel;
        if (asked == null) {
            return false;
        }
        long written = asked.writtenBytes();
        boolean more = written != writtenBytes;
        writtenBytes = written;
        return more && unansweredPings > 0 && asked.pendingBytes() > 0;
    }

    void terminate() {
        GrizzlyChannel open;
        synchronized (this) {
            open = channel;
        }
        if (open != null) {
            open.terminate();
        } else {
            connection.terminateSilently();
        }
    }
}
