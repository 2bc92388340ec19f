package org.freelims.sync.client;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.freelims.sync.HubThreads;

/**
 * Time that passes only when a test says so, and everything that happens in it, one thing after
 * another on the test's own thread. So a test with a seed repeats exactly.
 */
final class VirtualTime implements Executor {
    private static final Instant START = Instant.parse("2026-03-01T08:00:00Z");

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(
                    Comparator.comparingLong(Event::atNanos).thenComparingLong(Event::number));
    private long nowNanos;
    private long number;

    private record Event(long atNanos, long number, Runnable task) {}

    @Override
    public void execute(Runnable task) {
        events.add(new Event(nowNanos, ++number, task));
    }

    Scheduler scheduler() {
        return (delay, task) -> {
            Event event = new Event(nowNanos + delay.toNanos(), ++number, task);
            events.add(event);
            return () -> events.remove(event);
        };
    }

    HubThreads hubThreads() {
        return new HubThreads(
                this,
                this,
                new org.freelims.sync.session.Scheduler() {
                    @Override
                    public void after(Duration delay, Runnable task) {
                        var unused = scheduler().after(delay, task);
                    }

                    @Override
                    public long nanoTime() {
                        return nowNanos;
                    }

                    @Override
                    public Instant now() {
                        return VirtualTime.this.now();
                    }
                },
                () -> {});
    }

    Instant now() {
        return START.plusNanos(nowNanos);
    }

    Clock clock() {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now();
            }
        };
    }

    /** Lets everything happen that happens within this time. */
    void pass(Duration duration) {
        passUntil(() -> false, duration);
    }

    /** Lets happen what happens now, without time passing. */
    void settle() {
        pass(Duration.ZERO);
    }

    /** Lets time pass until something is so; returns whether it is, by the end of {@code most}. */
    boolean passUntil(BooleanSupplier condition, Duration most) {
        long endNanos = nowNanos + most.toNanos();
        while (!condition.getAsBoolean()) {
            Event next = events.peek();
            if (next == null || next.atNanos() > endNanos) {
                nowNanos = endNanos;
                return condition.getAsBoolean();
            }
            events.remove();
            nowNanos = next.atNanos();
            next.task().run();
        }
        return true;
    }
}
