package org.freelims.sync.simulation;

import java.time.Duration;
import java.time.Instant;
import java.util.PriorityQueue;
import org.freelims.sync.session.Scheduler;

/** A clock that jumps from one event to the next. Confined to the test's thread. */
final class VirtualTime implements Scheduler {
    private record Event(long atNanos, long sequence, Runnable task) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long nowNanos;
    private long sequence;

    @Override
    public void after(Duration delay, Runnable task) {
        events.add(new Event(nowNanos + delay.toNanos(), sequence++, task));
    }

    @Override
    public long nanoTime() {
        return nowNanos;
    }

    @Override
    public Instant now() {
        return Instant.EPOCH.plusNanos(nowNanos);
    }

    /** Runs what is due within this time. */
    void advance(Duration duration) {
        long untilNanos = nowNanos + duration.toNanos();
        for (Event next = events.peek();
                next != null && next.atNanos() <= untilNanos;
                next = events.peek()) {
            events.remove();
            nowNanos = next.atNanos();
            next.task().run();
        }
        nowNanos = untilNanos;
    }
}
