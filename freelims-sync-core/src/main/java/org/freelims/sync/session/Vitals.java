package org.freelims.sync.session;

import java.time.Duration;
import java.time.Instant;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.Connection;

/**
 * What one session does because time passes: heartbeats, and an end to connections that stay
 * unknown, whose token is over, or that take nothing. Confined to the hub's loop.
 */
final class Vitals {
    /** How often changes of no concern to a client are told of by a heartbeat, at most. */
    private static final Duration OTHERS = Duration.ofSeconds(2);

    private final Session session;
    private final Node node;
    private final long openedNanos;
    private boolean spokeSinceTick;
    private boolean spokeSinceHeartbeat;
    private long lastSpokeNanos;
    private long lastHeartbeatNanos;
    private long announced = -1;
    private long writtenBytes;
    private long writtenNanos;

    Vitals(Session session, Node node) {
        this.session = session;
        this.node = node;
        this.openedNanos = node.scheduler().nanoTime();
        this.lastSpokeNanos = openedNanos;
        this.lastHeartbeatNanos = openedNanos;
        this.writtenNanos = openedNanos;
    }

    long openedNanos() {
        return openedNanos;
    }

    /** Something was offered to the client. */
    void spoke() {
        spokeSinceTick = true;
        spokeSinceHeartbeat = true;
    }

    void wentLive() {
        heartbeat(node.scheduler().nanoTime());
    }

    void tick(Instant now, long nanoTime) {
        if (isOver(now, nanoTime) || isStalled(nanoTime)) {
            return;
        }
        if (spokeSinceTick) {
            spokeSinceTick = false;
            lastSpokeNanos = nanoTime;
            return;
        }
        boolean newer = node.position().offset() != announced;
        boolean due =
                elapsed(lastSpokeNanos, nanoTime, node.limits().heartbeat())
                        || (newer && session.isKnown() && spokeSinceHeartbeat)
                        || (newer
                                && session.isKnown()
                                && elapsed(lastHeartbeatNanos, nanoTime, OTHERS));
        if (due) {
            heartbeat(nanoTime);
        }
    }

    /** Says up to where the client is complete, unless something is still being caught up with. */
    private void heartbeat(long nanoTime) {
        for (Subscription subscription : session.subscriptions()) {
            if (subscription.state() == Subscription.State.CATCHING_UP
                    || subscription.state() == Subscription.State.CHANGING_VIEW
                    || subscription.state() == Subscription.State.LOST) {
                return;
            }
        }
        if (session.offer(node.heartbeat())) {
            announced = node.position().offset();
            lastHeartbeatNanos = nanoTime;
            lastSpokeNanos = nanoTime;
            spokeSinceHeartbeat = false;
            spokeSinceTick = false;
        }
    }

    private boolean isOver(Instant now, long nanoTime) {
        if (session.principal()
                .flatMap(p -> p.expiresAt())
                .filter(end -> !end.isAfter(now))
                .isPresent()) {
            session.close(ErrorCode.TOKEN_EXPIRED, CloseReason.POLICY, "token expired");
            return true;
        }
        if (!session.isKnown()
                && !session.isSigningIn()
                && elapsed(openedNanos, nanoTime, node.limits().signInTimeout())) {
            session.close(ErrorCode.UNAUTHENTICATED, CloseReason.POLICY, "nobody signed in");
            return true;
        }
        return false;
    }

    private boolean isStalled(long nanoTime) {
        Connection connection = session.connection();
        long written = connection.writtenBytes();
        if (written != writtenBytes || connection.pendingBytes() == 0) {
            writtenBytes = written;
            writtenNanos = nanoTime;
            return false;
        }
        if (!elapsed(writtenNanos, nanoTime, node.limits().stallTimeout())) {
            return false;
        }
        session.cut();
        return true;
    }

    private static boolean elapsed(long since, long now, Duration duration) {
        return now - since >= duration.toNanos();
    }
}
