package org.freelims.sync.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.freelims.sync.client.ActiveSubscription.Outcome;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.SyncException;
import org.jspecify.annotations.Nullable;

/*
 * Invariant: while the session is ready, a subscription that is neither ended nor paused is in exactly one of `waiting`
 * (not asked for yet), `asked` (the answer is out), `live` (the server answered) or under a retry timer.
 *
 * Messages for an expression reach a subscription only through `live`, that is after the `subscribed` that answers its
 * own latest `subscribe`; so what an earlier subscription of the same expression still had on the way is dropped.
 */
/** All subscriptions of a client, and which of them the server knows of. Confined to the lane. */
final class SubscriptionTable {
    /** So many are asked for at once: a storm of requests would be refused. */
    private static final int WINDOW = 32;

    /** What the table needs of the session. */
    interface Server {
        /** Sends the message that this makes of a new id, which is returned. */
        long send(Function<Long, ClientMessage> message);

        /** Ends this session and tries another, after a delay that grows. */
        void startOver(String why);

        /** The server wants to know who this is, and the client can't say. */
        void unauthenticated(String message);

        /** Runs something after the delay that follows so many failures. */
        void retry(int failures, Runnable task);

        void report(ClientEvent event);
    }

    private final Server server;
    private final Set<ActiveSubscription> all = new LinkedHashSet<>();
    private final ArrayDeque<ActiveSubscription> waiting = new ArrayDeque<>();
    private final Map<Long, ActiveSubscription> asked = new HashMap<>();
    private final Map<String, ActiveSubscription> live = new HashMap<>();
    private boolean ready;
    private ServerMessage.@Nullable Failed unasked;

    SubscriptionTable(Server server) {
        this.server = server;
    }

    void add(ActiveSubscription subscription) {
        all.add(subscription);
        ask(subscription);
    }

    /** Ends a subscription at this side's wish; empty if the program's. */
    void remove(ActiveSubscription subscription, Optional<SyncException> why) {
        if (!all.remove(subscription)) {
            return;
        }
        boolean known = forget(subscription);
        subscription.finish(why);
        if (ready && known) {
            server.send(id -> new ClientMessage.Unsubscribe(id, subscription.expression()));
        }
    }

    /** The server should send no more of it for now. */
    void pause(ActiveSubscription subscription) {
        if (!all.contains(subscription)) {
            return;
        }
        subscription.paused = true;
        subscription.waiting();
        if (forget(subscription) && ready) {
            server.send(id -> new ClientMessage.Unsubscribe(id, subscription.expression()));
        }
        pump();
    }

    /** The server should go on with it, from what was delivered last. */
    void resume(ActiveSubscription subscription) {
        subscription.paused = false;
        ask(subscription);
    }

    /** Returns whether the server may know of it. */
    private boolean forget(ActiveSubscription subscription) {
        waiting.remove(subscription);
        boolean answered = live.values().remove(subscription);
        return asked.values().remove(subscription) || answered;
    }

    /** The session can be used: asks for everything. */
    void onReady() {
        ready = true;
        all.stream().filter(subscription -> !subscription.paused).forEach(waiting::add);
        pump();
    }

    /** The session is gone. */
    void onDisconnected() {
        ready = false;
        unasked = null;
        waiting.clear();
        asked.clear();
        live.clear();
        all.forEach(ActiveSubscription::waiting);
    }

    /** The client is gone. */
    void end(@Nullable SyncException why) {
        onDisconnected();
        for (ActiveSubscription subscription : new ArrayList<>(all)) {
            if (why == null) {
                subscription.finish(Optional.empty());
            } else {
                subscription.end(why);
            }
        }
        all.clear();
    }

    private void ask(ActiveSubscription subscription) {
        if (ready && all.contains(subscription) && !subscription.paused) {
            waiting.add(subscription);
            pump();
        }
    }

    private void pump() {
        while (asked.size() < WINDOW && !waiting.isEmpty()) {
            ActiveSubscription next = waiting.remove();
            long id =
                    server.send(
                            n -> new ClientMessage.Subscribe(n, next.expression(), next.start()));
            asked.put(id, next);
        }
    }

    void onSubscribed(ServerMessage.Subscribed message) {
        ActiveSubscription subscription = asked.remove(message.id());
        if (subscription != null) {
            live.put(message.to(), subscription);
            subscription.subscribed(message.position(), message.next());
            pump();
        }
    }

    void onSnapshot(ServerMessage.SnapshotPage page) {
        ActiveSubscription subscription = live.get(page.to());
        if (subscription != null) {
            subscription.page(page);
        }
    }

    void onNotification(ServerMessage.Notification n) {
        ActiveSubscription subscription = live.get(n.to());
        if (subscription != null) {
            Delivery change = new Delivery.Change(n);
            judged(subscription, n.prev(), subscription.change(n.prev(), n.position(), change));
        }
    }

    void onLeft(ServerMessage.Left n) {
        ActiveSubscription subscription = live.get(n.to());
        if (subscription != null) {
            Delivery left = new Delivery.RowLeft(n);
            Position position = n.position().orElse(null);
            if (position == null) {
                subscription.withdrawn(left);
                return;
            }
            Position prev = n.prev().orElse(position);
            judged(subscription, prev, subscription.change(prev, position, left));
        }
    }

    private void judged(ActiveSubscription subscription, @Nullable Position prev, Outcome outcome) {
        switch (outcome) {
            case FINE -> {}
            case LATE ->
                    server.report(
                            new ClientEvent.RuleBroken(
                                    "a heartbeat said that "
                                            + subscription.expression()
                                            + " was complete, and a change before it came later"));
            case REWIND, ASK_AGAIN -> rewind(subscription, prev);
        }
    }

    private void rewind(ActiveSubscription subscription, @Nullable Position prev) {
        Position known = subscription.known().orElseThrow();
        server.report(new ClientEvent.GapFound(subscription, known, prev == null ? known : prev));
        if (known.equals(subscription.stuck)) {
            subscription.stuck = null;
            server.startOver("a gap in " + subscription.expression() + " came again");
            return;
        }
        subscription.stuck = known;
        forget(subscription);
        subscription.waiting();
        server.send(id -> new ClientMessage.Unsubscribe(id, subscription.expression()));
        ask(subscription);
    }

    void onHeartbeat(ServerMessage.Heartbeat heartbeat) {
        for (ActiveSubscription subscription : live.values()) {
            subscription.complete(heartbeat.position());
        }
    }

    void onResync(ServerMessage.Resync resync) {
        if (resync.code() == ErrorCode.TRUNCATED) {
            ActiveSubscription truncated = live.get(resync.to());
            if (truncated != null) {
                judged(truncated, resync.prev().orElse(null), truncated.truncated(resync));
            }
            return;
        }
        ActiveSubscription subscription = asked.get(resync.id());
        if (subscription == null) {
            subscription = live.get(resync.to());
        }
        if (subscription != null) {
            lost(subscription);
        }
    }

    private void lost(ActiveSubscription subscription) {
        forget(subscription);
        if (subscription.lost() == Outcome.ASK_AGAIN) {
            ask(subscription);
        } else {
            all.remove(subscription);
        }
        pump();
    }

    /** Returns whether the failure concerned a subscription, or may. */
    boolean onFailed(ServerMessage.Failed failed) {
        if (failed.id() == ClientMessage.NO_ID) {
            // if a subscription ends by it, `unsubscribed` follows
            unasked = failed;
            return true;
        }
        ActiveSubscription subscription = asked.remove(failed.id());
        if (subscription == null) {
            return false;
        }
        switch (failed.code().advice()) {
            case FIX, STOP -> {
                all.remove(subscription);
                subscription.end(new SyncException(failed.code(), failed.message()));
            }
            case RESYNC -> lost(subscription);
            case RENEW -> unauthenticated(failed);
            case RETRY -> retry(subscription);
        }
        pump();
        return true;
    }

    private void unauthenticated(ServerMessage.Failed failed) {
        if (unasked != null && unasked.code().advice() == ErrorCode.Advice.RETRY) {
            server.startOver(unasked.message());
        } else {
            server.unauthenticated(failed.message());
        }
    }

    private void retry(ActiveSubscription subscription) {
        subscription.waiting();
        server.retry(++subscription.retries, () -> askIfIdle(subscription));
    }

    /** A retry's time has come; the session may be another by now, and have asked already. */
    private void askIfIdle(ActiveSubscription subscription) {
        if (!waiting.contains(subscription)
                && !asked.containsValue(subscription)
                && !live.containsValue(subscription)) {
            ask(subscription);
        }
    }

    void onUnsubscribed(ServerMessage.Unsubscribed message) {
        if (message.id() != ClientMessage.NO_ID) {
            return;
        }
        ActiveSubscription subscription = live.remove(message.to());
        ServerMessage.Failed why = unasked;
        unasked = null;
        if (subscription == null) {
            return;
        }
        if (why != null && why.code().advice() == ErrorCode.Advice.RETRY) {
            retry(subscription);
            return;
        }
        all.remove(subscription);
        subscription.end(
                why == null
                        ? new SyncException(
                                ErrorCode.FORBIDDEN,
                                "The server ended the subscription to " + message.to() + ".")
                        : new SyncException(why.code(), why.message()));
    }
}
