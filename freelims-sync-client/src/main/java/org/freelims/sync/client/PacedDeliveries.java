package org.freelims.sync.client;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/*
 * Invariant: a line is asleep only from the moment before its handler is asked whether it takes a change; so a handler
 * that wants one at that very moment wakes it, and is not forgotten.
 */
/**
 * What waits for handlers that take changes when they want to: a line for each of their
 * subscriptions, so that one that takes nothing holds up no other. Guarded by the delivery queue's
 * lock.
 */
final class PacedDeliveries {
    private static final class Line {
        final ArrayDeque<Delivery> waiting = new ArrayDeque<>();
        long bytes;
        boolean awake = true;
        boolean paused;
    }

    private final long capBytes;
    private final Map<ActiveSubscription, Line> lines = new LinkedHashMap<>();

    /**
     * @param capBytes what may wait in a line, roughly
     */
    PacedDeliveries(long capBytes) {
        this.capBytes = capBytes;
    }

    /** Returns whether the line is full now, and was not: its subscription should pause. */
    boolean add(ActiveSubscription subscription, Delivery delivery) {
        Line line = lines.computeIfAbsent(subscription, key -> new Line());
        line.waiting.add(delivery);
        line.bytes += delivery.bytes();
        if (line.paused || line.bytes < capBytes) {
            return false;
        }
        line.paused = true;
        return true;
    }

    /** Returns a subscription that is awake and whose line is not empty; each in its turn. */
    @Nullable ActiveSubscription next() {
        for (Map.Entry<ActiveSubscription, Line> entry : lines.entrySet()) {
            if (entry.getValue().awake && !entry.getValue().waiting.isEmpty()) {
                ActiveSubscription next = entry.getKey();
                lines.put(next, lines.remove(next));
                return next;
            }
        }
        return null;
    }

    boolean hasNext() {
        return lines.values().stream().anyMatch(line -> line.awake && !line.waiting.isEmpty());
    }

    Delivery first(ActiveSubscription subscription) {
        return line(subscription).waiting.element();
    }

    void setAwake(ActiveSubscription subscription, boolean awake) {
        Line line = lines.get(subscription);
        if (line != null) {
            line.awake = awake;
        }
    }

    /** Removes a line's first; returns whether its subscription should go on. */
    boolean remove(ActiveSubscription subscription) {
        Line line = line(subscription);
        line.bytes -= line.waiting.remove().bytes();
        boolean resumes = line.paused && line.bytes <= capBytes / 2;
        if (resumes) {
            line.paused = false;
        }
        if (line.waiting.isEmpty() && !line.paused) {
            lines.remove(subscription);
        }
        return resumes;
    }

    private Line line(ActiveSubscription subscription) {
        return requireNonNull(lines.get(subscription));
    }

    void clear() {
        lines.clear();
    }
}
