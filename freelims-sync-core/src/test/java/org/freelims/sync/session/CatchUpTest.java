package org.freelims.sync.session;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.log.Change;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.log.InMemoryChangeLog;
import org.freelims.sync.log.InMemoryChangeLog.Write;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.subscription.LoggedChange;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.InMemoryConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CatchUpTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final HubThreads threads = HubThreads.start();

    @AfterEach
    void stop() {
        threads.close();
    }

    /** Counts what it is told. */
    private static final class Counter implements InMemoryConnection.Receiver {
        final AtomicInteger notifications = new AtomicInteger();
        final AtomicLong lastNanos = new AtomicLong();

        @Override
        public void onText(String text) {
            if (MessageCodec.decodeServer(text).orElseThrow()
                    instanceof ServerMessage.Notification) {
                notifications.incrementAndGet();
                lastNanos.set(System.nanoTime());
            }
        }

        @Override
        public void onClosed(CloseReason reason) {}
    }

    private SyncHub hub(ChangeLog log, Limits limits) {
        SyncHub hub =
                SyncHub.builder()
                        .log(log)
                        .threads(threads)
                        .allowAnonymous(true)
                        .limits(limits)
                        .build();
        hub.start();
        return hub;
    }

    private Counter subscribe(SyncHub hub, String name, StartFrom from) {
        Counter counter = new Counter();
        InMemoryConnection.open(
                        name,
                        1 << 20,
                        threads.blocking(),
                        c -> hub.open(c, Optional.empty()),
                        counter)
                .send(MessageCodec.encode(new ClientMessage.Subscribe(1, "items", from)));
        return counter;
    }

    private static Write write(int n, int size) {
        return Write.create(
                "items",
                Integer.toString(n),
                "{\"id\":" + n + ",\"t\":\"" + "x".repeat(size) + "\"}");
    }

    private static InMemoryChangeLog filled(int changes, int size) {
        InMemoryChangeLog log = ChangeLog.inMemory(10_000_000);
        for (int n = 0; n < changes; n += 1000) {
            int first = n;
            log.append(
                    IntStream.range(first, Math.min(changes, first + 1000))
                            .mapToObj(i -> write(i, size))
                            .toArray(Write[]::new));
        }
        return log;
    }

    @Test
    void clientThatReplaysVeryMuch_slowsNobodyDown() {
        int behind = 100_000;
        InMemoryChangeLog log = filled(behind, 20);
        // memory reaches back no distance at all: every page is read from the log
        SyncHub hub = hub(log, Limits.builder().recentBytes(1 << 14).build());
        Position start = Position.of(log.head().epoch(), 0);
        Counter live = subscribe(hub, "live", StartFrom.now());
        await().atMost(LONG).until(() -> hub.stats().subscriptions() == 1);
        Counter replaying = subscribe(hub, "replaying", StartFrom.after(start));
        await().atMost(LONG).until(() -> replaying.notifications.get() > 0);
        List<Long> delays = new ArrayList<>();
        while (replaying.notifications.get() < behind) {
            int told = live.notifications.get();
            long committed = System.nanoTime();
            log.append(write(behind + told, 20));
            await().pollInterval(Duration.ofMillis(1))
                    .atMost(LONG)
                    .until(() -> live.notifications.get() > told);
            delays.add((live.lastNanos.get() - committed) / 1_000_000);
        }
        await().atMost(LONG)
                .until(() -> replaying.notifications.get() == behind + live.notifications.get());
        assertTrue(delays.size() > 3, "the replay was over too soon to tell: " + delays.size());
        delays.sort(null);
        long median = delays.get(delays.size() / 2);
        assertTrue(median < 100, "half of the changes took longer than " + median + " ms");
        hub.close();
    }

    @Test
    void memory_framesOfManyFeeds_countTowardsTheCap() {
        InMemoryChangeLog log = ChangeLog.inMemory(100_000);
        long cap = 200_000;
        SyncHub hub = hub(log, Limits.builder().recentBytes(cap).build());
        List<Counter> counters = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Counter counter = new Counter();
            counters.add(counter);
            InMemoryConnection.open(
                            "c" + i,
                            1 << 20,
                            threads.blocking(),
                            c -> hub.open(c, Optional.empty()),
                            counter)
                    .send(
                            MessageCodec.encode(
                                    new ClientMessage.Subscribe(
                                            1, "items?id>" + -i, StartFrom.now())));
        }
        await().atMost(LONG).until(() -> hub.stats().feeds() == 20);
        for (int n = 1; n <= 300; n++) {
            log.append(write(n, 300));
        }
        await().atMost(LONG)
                .until(() -> counters.stream().allMatch(c -> c.notifications.get() == 300));
        await().atMost(LONG).until(() -> hub.stats().dispatched() == 300);
        // 300 changes of 500 bytes would fit; with 20 frames of 500 bytes each they don't
        assertTrue(hub.stats().recentBytes() <= cap, "held: " + hub.stats().recentBytes());
        // and who comes later is served from the log
        Counter late = subscribe(hub, "late", StartFrom.after(Position.of(log.head().epoch(), 0)));
        await().atMost(LONG).until(() -> late.notifications.get() == 300);
        await().atMost(LONG).until(() -> hub.stats().logReads() > 0);
        hub.close();
    }

    /** Another log's, unless a method is overridden. */
    private static class ForwardingLog implements ChangeLog {
        private final InMemoryChangeLog log;

        ForwardingLog(InMemoryChangeLog log) {
            this.log = log;
        }

        @Override
        public List<Change> readAfter(Position position, int limit) {
            return log.readAfter(position, limit);
        }

        @Override
        public Position head() {
            return log.head();
        }

        @Override
        public Position oldest() {
            return log.oldest();
        }

        @Override
        public Registration onAppend(Runnable listener) {
            return log.onAppend(listener);
        }

        @Override
        public void close() {
            log.close();
        }
    }

    /** Cuts pages of large changes short, as a log in a database does. */
    private static final class Cutting extends ForwardingLog {
        Cutting(InMemoryChangeLog log) {
            super(log);
        }

        @Override
        public List<Change> readAfter(Position position, int limit) {
            List<Change> page = new ArrayList<>();
            long chars = 0;
            for (Change change : super.readAfter(position, limit)) {
                page.add(change);
                chars += change.data().length();
                if (chars >= SHORT_PAGE_CHARS) {
                    break;
                }
            }
            return page;
        }
    }

    @Test
    void largeChanges_pagesCutShort_areReadOnAtOnce() {
        InMemoryChangeLog log = filled(100, 100_000);
        SyncHub hub = hub(new Cutting(log), Limits.builder().recentBytes(1 << 14).build());
        String epoch = log.head().epoch();
        Counter all = subscribe(hub, "all", StartFrom.after(Position.of(epoch, 0)));
        Counter half = subscribe(hub, "half", StartFrom.after(Position.of(epoch, 50)));
        await().atMost(LONG)
                .until(() -> all.notifications.get() == 100 && half.notifications.get() == 50);
        long before = System.nanoTime();
        log.append(
                IntStream.range(100, 200).mapToObj(n -> write(n, 100_000)).toArray(Write[]::new));
        await().atMost(LONG).until(() -> half.notifications.get() == 150);
        long tookMs = (half.lastNanos.get() - before) / 1_000_000;
        assertTrue(tookMs < 5000, "10 pages, not one a second: " + tookMs + " ms");
        hub.close();
    }

    /** Counts pages that begin behind this offset. */
    private static LogPages.Waiter counting(AtomicInteger served, long after) {
        return new LogPages.Waiter() {
            @Override
            public void read(List<LoggedChange> changes) {
                assertEquals(after + 1, changes.get(0).offset());
                served.incrementAndGet();
            }

            @Override
            public void failed(SyncException e) {
                throw e;
            }
        };
    }

    @Test
    void logPages_crowdOfReaders_keepsBytesAndReadsBounded() {
        InMemoryChangeLog log = filled(5000, 1000);
        List<Runnable> blocked = new ArrayList<>();
        long cap = 500_000;
        LogPages pages = new LogPages(log, Runnable::run, blocked::add, 100, cap);
        AtomicInteger served = new AtomicInteger();
        for (int i = 0; i < 200; i++) {
            int after = (i * 37) % 5000;
            pages.read(log.head().epoch(), after, counting(served, after));
        }
        assertEquals(4, blocked.size(), "reads under way at once");
        while (!blocked.isEmpty()) {
            blocked.remove(0).run();
            assertTrue(blocked.size() <= 4);
            assertTrue(pages.keptBytes() <= cap, "kept: " + pages.keptBytes());
        }
        assertEquals(200, served.get());
        assertTrue(pages.reads() <= 50, "each page is read once: " + pages.reads());
    }

    /** Answers no read of the first page until the second is being read. */
    private static final class NeedsReadAhead extends ForwardingLog {
        private final CountDownLatch second = new CountDownLatch(1);
        private final int pageSize;
        private volatile boolean waitedInVain;

        NeedsReadAhead(InMemoryChangeLog log, int pageSize) {
            super(log);
            this.pageSize = pageSize;
        }

        @Override
        public List<Change> readAfter(Position position, int limit) {
            if (position.offset() == pageSize) {
                second.countDown();
            } else if (position.offset() == 0 && limit == pageSize) {
                try {
                    waitedInVain = !second.await(10, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return super.readAfter(position, limit);
        }
    }

    @Test
    void replay_pageUnderWay_nextIsReadMeanwhile() {
        InMemoryChangeLog log = filled(10_000, 100);
        NeedsReadAhead reading = new NeedsReadAhead(log, 500);
        SyncHub hub = hub(reading, Limits.builder().recentBytes(1 << 14).build());
        String epoch = log.head().epoch();
        Counter replaying = subscribe(hub, "replaying", StartFrom.after(Position.of(epoch, 0)));
        await().atMost(LONG).until(() -> replaying.notifications.get() == 10_000);
        assertFalse(
                reading.waitedInVain, "the second page was not asked for before the first came");
        hub.close();
    }

    @Test
    void readAhead_pageIsThereWhenAskedFor_andWaitsForNobodysTurn() {
        InMemoryChangeLog log = filled(1000, 100);
        List<Runnable> blocked = new ArrayList<>();
        LogPages pages = new LogPages(log, Runnable::run, blocked::add, 100, 1 << 20);
        String epoch = log.head().epoch();
        AtomicInteger served = new AtomicInteger();
        pages.read(epoch, 0, counting(served, 0));
        pages.readAhead(epoch, 0);
        pages.readAhead(epoch, 0);
        assertEquals(2, blocked.size(), "the page asked for and the next, each once");
        blocked.remove(1).run();
        blocked.remove(0).run();
        pages.read(epoch, 100, counting(served, 100));
        assertEquals(2, served.get());
        assertEquals(2, pages.reads());
        // two reads are under way: what is likely must not take the turn of what is asked for
        pages.read(epoch, 500, counting(served, 500));
        pages.read(epoch, 700, counting(served, 700));
        pages.readAhead(epoch, 700);
        assertEquals(2, blocked.size());
    }
}
