package org.freelims.sync.log;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.freelims.sync.log.InMemoryChangeLog.Write;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link ChangeLog} must do; rule numbers are PROTOCOL.md's. */
public abstract class ChangeLogContract {
    private static final int ALL = 10_000;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** A new, empty log and what else the contract needs of it. */
    public interface Subject extends AutoCloseable {
        ChangeLog log();

        /**
         * Commits one transaction, and returns when it is readable. May be called by several
         * threads at once.
         */
        void commit(List<Write> writes);

        /** Forgets all changes up to and with this offset, which ends a transaction. */
        void expireThrough(long offset);

        @Override
        void close();
    }

    protected abstract Subject newSubject();

    @SuppressWarnings("NullAway.Init") // set before each test
    private Subject subject;

    @SuppressWarnings("NullAway.Init")
    private ChangeLog log;

    @BeforeEach
    void open() {
        subject = newSubject();
        log = subject.log();
    }

    @AfterEach
    void close() {
        subject.close();
    }

    private static Write create(int id) {
        return Write.create("item", String.valueOf(id), "{\"id\":" + id + "}");
    }

    private void commit(Write... writes) {
        subject.commit(List.of(writes));
    }

    /** Transactions of one, two and three changes. */
    private void commitSix() {
        commit(create(1));
        commit(create(2), create(3));
        commit(create(4), create(5), create(6));
    }

    private Position start() {
        return Position.of(log.head().epoch(), 0);
    }

    private static List<String> ids(List<Change> changes) {
        return changes.stream().map(Change::id).toList();
    }

    private void assertLost(Position position) {
        SyncException e = assertThrows(SyncException.class, () -> log.readAfter(position, ALL));
        assertEquals(ErrorCode.POSITION_LOST, e.code());
    }

    @Test
    void head_ofNewLog_isOffsetZeroAndOldest() {
        assertEquals(0, log.head().offset());
        assertEquals(log.head(), log.oldest());
        assertEquals(List.of(), log.readAfter(log.head(), ALL));
    }

    @Test
    void rule1_readAfter_givesDenseOffsetsInCommitOrder() {
        commitSix();
        List<Change> changes = log.readAfter(start(), ALL);
        assertEquals(List.of("1", "2", "3", "4", "5", "6"), ids(changes));
        long offset = 0;
        for (Change change : changes) {
            assertEquals(++offset, change.position().offset());
            assertEquals(log.head().epoch(), change.position().epoch());
        }
        assertEquals(log.head(), changes.get(5).position());
    }

    @Test
    void rule12_readAfter_changesOfOneTransaction_shareTxAndOneIsLast() {
        commitSix();
        List<Change> changes = log.readAfter(start(), ALL);
        assertEquals(
                List.of(true, false, true, false, false, true),
                changes.stream().map(Change::txLast).toList());
        List<String> txs = changes.stream().map(Change::tx).toList();
        assertEquals(txs.get(1), txs.get(2));
        assertEquals(txs.get(3), txs.get(5));
        assertEquals(3, new HashSet<>(txs).size());
    }

    @Test
    void rule3_readAfter_everyPosition_givesExactlyItsSuccessors() {
        commitSix();
        List<Change> all = log.readAfter(start(), ALL);
        for (int i = 0; i < all.size(); i++) {
            Position position = all.get(i).position();
            assertEquals(all.subList(i + 1, all.size()), log.readAfter(position, ALL));
            Position parsed = Position.parse(position.toString());
            assertEquals(all.subList(i + 1, all.size()), log.readAfter(parsed, ALL));
        }
    }

    @Test
    void rule3_readAfter_inPages_hasNoGapAndNoRepetition() {
        commitSix();
        List<String> read = new ArrayList<>();
        Position at = start();
        for (List<Change> page = log.readAfter(at, 4);
                !page.isEmpty();
                page = log.readAfter(at, 4)) {
            assertTrue(page.size() <= 4, "a page is no larger than its limit");
            read.addAll(ids(page));
            assertTrue(read.size() <= 6, "more than was written: " + read);
            at = page.get(page.size() - 1).position();
        }
        assertEquals(List.of("1", "2", "3", "4", "5", "6"), read);
    }

    @Test
    void readAfter_again_givesTheSame() {
        commitSix();
        List<Change> first = log.readAfter(start(), ALL);
        commit(create(7));
        assertEquals(first, log.readAfter(start(), 6));
    }

    @Test
    void readAfter_givesWhatWasWritten() {
        String id = "Ä/\"x\\ ,😀";
        String data =
                "{\"name\":\"a\\\"b\\\\c\\u0000 Ä😀\",\"n\":1.50,\"deep\":{\"x\":[null,true]}}";
        commit(
                Write.create("item", id, data),
                Write.update("item", id, data, "{\"n\":1e3}"),
                Write.delete("item", id, data),
                Write.truncate("other-resource.v2"));
        List<Change> changes = log.readAfter(start(), ALL);
        assertEquals(
                List.of(Action.CREATE, Action.UPDATE, Action.DELETE, Action.TRUNCATE),
                changes.stream().map(Change::action).toList());
        for (Change change : changes.subList(0, 3)) {
            assertEquals(id, change.id());
            assertEquals("item", change.resource());
            assertEquals(data, change.data());
        }
        assertEquals(
                List.of("{}", "{\"n\":1e3}", "{}", "{}"),
                changes.stream().map(Change::before).toList());
        assertEquals("", changes.get(3).id());
        assertEquals("other-resource.v2", changes.get(3).resource());
    }

    @Test
    void readAfter_limitBelowOne_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> log.readAfter(start(), 0));
    }

    @Test
    void rule7_readAfter_otherEpoch_failsWithPositionLost() {
        commitSix();
        assertLost(Position.of(log.head().epoch() + "x", 3));
    }

    @Test
    void rule7_readAfter_aheadOfTheLog_failsWithPositionLost() {
        commitSix();
        assertLost(Position.of(log.head().epoch(), 7));
        assertLost(Position.of(log.head().epoch(), Long.MAX_VALUE));
    }

    @Test
    void rule7_readAfter_markOfAnotherEntry_failsWithPositionLost() {
        commitSix();
        String epoch = log.head().epoch();
        assertLost(new Position(epoch, 3, "zzzzzzzz"));
        assertLost(new Position(epoch, 6, "zzzzzzzz"));
        subject.expireThrough(3);
        assertLost(new Position(epoch, 3, "zzzzzzzz"));
    }

    @Test
    void rule7_readAfter_successorsExpired_failsWithPositionLost() {
        commitSix();
        Position second = log.readAfter(start(), ALL).get(1).position();
        subject.expireThrough(3);
        assertLost(start());
        assertLost(second);
        assertEquals(3, log.oldest().offset());
        assertEquals(6, log.head().offset());
    }

    @Test
    void rule7_readAfter_oldest_givesAllThatIsKept() {
        commitSix();
        Position third = log.readAfter(start(), ALL).get(2).position();
        subject.expireThrough(3);
        assertEquals(third, log.oldest());
        assertEquals(List.of("4", "5", "6"), ids(log.readAfter(log.oldest(), ALL)));
        subject.expireThrough(6);
        assertEquals(List.of(), log.readAfter(log.oldest(), ALL));
        assertEquals(log.head(), log.oldest());
        commit(create(7));
        assertEquals(List.of("7"), ids(log.readAfter(log.oldest(), ALL)));
        assertEquals(7, log.head().offset());
    }

    @Test
    void onAppend_afterACommit_callsTheListener() {
        AtomicInteger calls = new AtomicInteger();
        log.onAppend(calls::incrementAndGet);
        int before = calls.get();
        commit(create(1));
        await().atMost(PATIENCE).until(() -> calls.get() > before);
    }

    @Test
    void onAppend_closedRegistration_endsOnlyItsOwnCalls() {
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger others = new AtomicInteger();
        Runnable shared = calls::incrementAndGet;
        ChangeLog.Registration first = log.onAppend(shared);
        ChangeLog.Registration second = log.onAppend(shared);
        log.onAppend(others::incrementAndGet);
        first.close();
        first.close();
        int before = calls.get();
        commit(create(1));
        await().atMost(PATIENCE).until(() -> calls.get() > before);
        second.close();
        // a call may have been under way: the next appends settle that
        int seen = others.get();
        commit(create(2));
        await().atMost(PATIENCE).until(() -> others.get() > seen);
        int settled = calls.get();
        int seenLater = others.get();
        commit(create(3));
        await().atMost(PATIENCE).until(() -> others.get() > seenLater);
        assertEquals(settled, calls.get());
    }

    @Test
    void onAppend_manyCommits_neverCallsTwiceAtOnce() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicBoolean twice = new AtomicBoolean();
        AtomicInteger calls = new AtomicInteger();
        log.onAppend(
                () -> {
                    if (inside.incrementAndGet() > 1) {
                        twice.set(true);
                    }
                    Thread.onSpinWait();
                    inside.decrementAndGet();
                    calls.incrementAndGet();
                });
        commitByFour(50);
        await().atMost(PATIENCE).until(() -> calls.get() > 0);
        assertFalse(twice.get());
    }

    @Test
    void rule1_readAfter_whileOthersCommit_neverGivesPartOfATransactionOrMissesOne()
            throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            Future<List<Change>> reader = executor.submit(() -> readUntil(done, 4 * 50 * 3));
            commitByFour(50);
            done.set(true);
            List<Change> read = reader.get();
            Map<String, Integer> perTx = new HashMap<>();
            Set<String> ids = new HashSet<>();
            for (Change change : read) {
                perTx.merge(change.tx(), 1, Integer::sum);
                assertTrue(ids.add(change.id()), "repeated: " + change);
            }
            assertEquals(4 * 50 * 3, ids.size());
            assertEquals(Set.of(3), new HashSet<>(perTx.values()));
        } finally {
            executor.shutdownNow();
        }
    }

    private List<Change> readUntil(AtomicBoolean done, int expected) {
        List<Change> read = new ArrayList<>();
        Position at = start();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (read.size() < expected && System.nanoTime() < deadline) {
            boolean wasDone = done.get();
            List<Change> page = log.readAfter(at, ALL);
            if (!page.isEmpty()) {
                Change last = page.get(page.size() - 1);
                assertTrue(last.txLast(), "a whole page ends with a whole transaction");
                read.addAll(page);
                at = last.position();
            } else if (wasDone) {
                break;
            }
        }
        return read;
    }

    private void commitByFour(int each) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> writers = new ArrayList<>();
            for (int writer = 0; writer < 4; writer++) {
                int base = 1000 * (writer + 1);
                writers.add(
                        executor.submit(
                                () -> {
                                    for (int i = 0; i < each; i++) {
                                        int id = base + 3 * i;
                                        commit(create(id), create(id + 1), create(id + 2));
                                    }
                                }));
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void close_twice_isAllowed() {
        log.close();
        log.close();
    }
}
