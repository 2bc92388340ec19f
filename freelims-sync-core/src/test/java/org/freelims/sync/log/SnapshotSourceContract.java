package org.freelims.sync.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.freelims.sync.log.InMemoryChangeLog.Write;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.Row;
import org.freelims.sync.protocol.SyncException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link SnapshotSource} must do; rule numbers are PROTOCOL.md's. */
public abstract class SnapshotSourceContract {
    private static final int ALL = 100_000;

    /**
     * Where the resources {@code item} and {@code box} are kept, both with rows of an integer
     * {@code id}, which is the record's id, and an integer {@code n}.
     */
    public interface Subject extends AutoCloseable {
        SnapshotSource source();

        ChangeLog log();

        /**
         * Commits one transaction, not waiting for the log. Several threads may call it at once.
         */
        void commit(List<Write> writes);

        @Override
        void close();
    }

    protected abstract Subject newSubject();

    @SuppressWarnings("NullAway.Init") // set before each test
    private Subject subject;

    @BeforeEach
    void open() {
        subject = newSubject();
    }

    @AfterEach
    void close() {
        subject.close();
    }

    private static String data(int id, int n) {
        return "{\"id\":" + id + ",\"n\":" + n + "}";
    }

    private static Write create(String resource, int id, int n) {
        return Write.create(resource, String.valueOf(id), data(id, n));
    }

    private static Write update(int id, int n, int was) {
        return Write.update("item", String.valueOf(id), data(id, n), "{\"n\":" + was + "}");
    }

    private static Write delete(int id, int n) {
        return Write.delete("item", String.valueOf(id), data(id, n));
    }

    private void commit(Write... writes) {
        subject.commit(List.of(writes));
    }

    private static Map<String, Row> rows(SnapshotSource.Snapshot snapshot, int page) {
        Map<String, Row> rows = new HashMap<>();
        for (List<SnapshotSource.Row> next = snapshot.next(page);
                !next.isEmpty();
                next = snapshot.next(page)) {
            assertTrue(next.size() <= page, "a page is no larger than its limit");
            for (SnapshotSource.Row row : next) {
                Row before = rows.put(row.resource() + "/" + row.id(), Row.parse(row.data()));
                assertTrue(before == null, "twice in one snapshot: " + row.id());
            }
        }
        return rows;
    }

    /** The rows at a position, by the log alone. */
    private Map<String, Row> replayed(Position to, List<String> resources) {
        Map<String, Row> rows = new HashMap<>();
        Position at = Position.of(to.epoch(), 0);
        while (at.offset() < to.offset()) {
            for (Change change : subject.log().readAfter(at, (int) (to.offset() - at.offset()))) {
                at = change.position();
                if (!resources.contains(change.resource())) {
                    continue;
                }
                String key = change.resource() + "/" + change.id();
                switch (change.action()) {
                    case CREATE, UPDATE -> rows.put(key, Row.parse(change.data()));
                    case DELETE -> rows.remove(key);
                    case TRUNCATE ->
                            rows.keySet().removeIf(k -> k.startsWith(change.resource() + "/"));
                }
            }
        }
        return rows;
    }

    private Map<String, Row> openAndCheck(List<String> resources) {
        try (SnapshotSource.Snapshot snapshot = subject.source().open(resources)) {
            Map<String, Row> rows = rows(snapshot, 7);
            assertEquals(replayed(snapshot.position(), resources), rows);
            return rows;
        }
    }

    @Test
    void open_noRows_isEmptyAndHasAPosition() {
        try (SnapshotSource.Snapshot snapshot = subject.source().open(List.of("item"))) {
            assertEquals(List.of(), snapshot.next(10));
            assertEquals(List.of(), subject.log().readAfter(snapshot.position(), ALL));
        }
    }

    @Test
    void rule4_open_rows_areThoseAtItsPosition() {
        commit(create("item", 1, 1), create("item", 2, 1), create("box", 1, 5));
        commit(update(1, 2, 1), delete(2, 1));
        commit(create("item", 3, 1));
        assertEquals(
                Map.of("item/1", Row.parse(data(1, 2)), "item/3", Row.parse(data(3, 1))),
                openAndCheck(List.of("item")));
    }

    @Test
    void open_manyRows_givesThemInPagesResourceByResource() {
        List<Write> writes = new ArrayList<>();
        for (int id = 1; id <= 500; id++) {
            writes.add(create("item", id, id));
            writes.add(create("box", id, id));
        }
        subject.commit(writes);
        List<String> order = new ArrayList<>();
        try (SnapshotSource.Snapshot snapshot = subject.source().open(List.of("item", "box"))) {
            for (List<SnapshotSource.Row> page = snapshot.next(64);
                    !page.isEmpty();
                    page = snapshot.next(64)) {
                page.forEach(row -> order.add(row.resource()));
            }
        }
        assertEquals(1000, order.size());
        long turns = 1;
        for (int i = 1; i < order.size(); i++) {
            turns += order.get(i).equals(order.get(i - 1)) ? 0 : 1;
        }
        assertEquals(2, turns);
    }

    @Test
    void open_oneRecord_givesItOrNone() {
        commit(create("item", 42, 7), create("item", 4, 1));
        try (SnapshotSource.Snapshot snapshot = subject.source().open("item", "42")) {
            assertEquals(Map.of("item/42", Row.parse(data(42, 7))), rows(snapshot, 10));
            assertEquals(List.of(), subject.log().readAfter(snapshot.position(), ALL));
        }
        for (String none : List.of("43", "042", "no-number", "")) {
            try (SnapshotSource.Snapshot snapshot = subject.source().open("item", none)) {
                assertEquals(List.of(), snapshot.next(10), none);
            }
        }
    }

    @Test
    void rule4_open_afterTruncate_hasOnlyLaterRows() {
        commit(create("item", 1, 1), create("box", 1, 1));
        commit(Write.truncate("item"));
        commit(create("item", 2, 1));
        assertEquals(
                Map.of("item/2", Row.parse(data(2, 1)), "box/1", Row.parse(data(1, 1))),
                openAndCheck(List.of("item", "box")));
    }

    private static List<SnapshotSource.Row> list(SnapshotSource.Snapshot snapshot) {
        List<SnapshotSource.Row> rows = new ArrayList<>();
        for (List<SnapshotSource.Row> page = snapshot.next(7);
                !page.isEmpty();
                page = snapshot.next(7)) {
            rows.addAll(page);
        }
        return rows;
    }

    private static List<String> told(List<SnapshotSource.Row> rows) {
        return rows.stream()
                .map(row -> row.resource() + " " + row.id() + " " + row.data().replace(" ", ""))
                .toList();
    }

    private void assertLost(List<String> resources, Position position, String place) {
        SyncException e =
                assertThrows(
                        SyncException.class,
                        () -> subject.source().reopen(resources, position, place).close());
        assertEquals(ErrorCode.POSITION_LOST, e.code());
    }

    /** A source that can't go on with a snapshot names no places. */
    @Test
    void rule4_reopen_behindEachRow_hasTheRestAsItWas() {
        List<Write> writes = new ArrayList<>();
        for (int id : List.of(3, 20, 1, 100, 9, 11, -4, 0)) {
            writes.add(create("item", id, id));
            writes.add(create("box", id + 1, id));
        }
        subject.commit(writes);
        List<String> both = List.of("item", "box");
        Position position;
        List<SnapshotSource.Row> rows;
        List<String> places = new ArrayList<>();
        try (SnapshotSource.Snapshot snapshot = subject.source().open(both)) {
            position = snapshot.position();
            rows = list(snapshot);
            rows.forEach(row -> snapshot.placeAfter(row).ifPresent(places::add));
        }
        if (places.isEmpty()) {
            assertLost(both, position, "item/1");
            return;
        }
        commit(update(3, 30, 3), update(3, 31, 30), update(11, 12, 11));
        commit(delete(9, 9), create("item", 9, 99), delete(20, 20));
        commit(create("item", 2, 2), create("item", 1000, 1), create("box", 5, 1));
        commit(Write.delete("box", "10", data(10, 9)));
        for (int i = 0; i < rows.size(); i++) {
            try (SnapshotSource.Snapshot rest =
                    subject.source().reopen(both, position, places.get(i))) {
                assertEquals(position, rest.position());
                assertEquals(
                        told(rows.subList(i + 1, rows.size())), told(list(rest)), places.get(i));
            }
        }
        for (String none : List.of("", "item", "nothing/1", "?")) {
            assertLost(both, position, none);
        }
        assertLost(both, Position.of("another", position.offset()), places.get(0));
        String lastBox = places.get(7);
        commit(Write.truncate("box"));
        assertLost(both, position, places.get(0));
        assertLost(both, position, lastBox);
        // those of the other resource can be told still
        try (SnapshotSource.Snapshot rest =
                subject.source().reopen(both, position, places.get(8))) {
            assertEquals(told(rows.subList(9, rows.size())), told(list(rest)));
        }
    }

    /** Reads a part of a snapshot, then the rest of it by itself. */
    private Optional<Map<String, Row>> inTwoParts(List<String> resources, int first) {
        Position position;
        String place;
        Map<String, Row> rows = new HashMap<>();
        try (SnapshotSource.Snapshot snapshot = subject.source().open(resources)) {
            position = snapshot.position();
            List<SnapshotSource.Row> part = snapshot.next(first);
            if (part.isEmpty()) {
                return Optional.empty();
            }
            part.forEach(row -> rows.put(row.resource() + "/" + row.id(), Row.parse(row.data())));
            place = snapshot.placeAfter(part.get(part.size() - 1)).orElse("");
        }
        try (SnapshotSource.Snapshot rest = subject.source().reopen(resources, position, place)) {
            rows(rest, 10)
                    .forEach(
                            (id, row) ->
                                    assertTrue(rows.put(id, row) == null, "in both parts: " + id));
        } catch (SyncException e) {
            // they were truncated meanwhile, or there are no places
            assertEquals(ErrorCode.POSITION_LOST, e.code());
            return Optional.empty();
        }
        assertEquals(replayed(position, resources), rows, () -> "at " + position);
        return Optional.of(rows);
    }

    @Test
    void close_twice_isAllowedAndEndsTheRows() {
        commit(create("item", 1, 1));
        SnapshotSource.Snapshot snapshot = subject.source().open(List.of("item"));
        snapshot.close();
        snapshot.close();
        assertEquals(List.of(), snapshot.next(1));
    }

    @Test
    void rule4_open_whileOthersCommit_isExactEachTime() throws Exception {
        Writers writers = new Writers();
        ExecutorService executor = Executors.newFixedThreadPool(3);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int writer = 0; writer < 3; writer++) {
                int base = 100 * writer;
                running.add(executor.submit(() -> writers.write(base)));
            }
            for (int i = 0; i < 12; i++) {
                // a log on the heap would otherwise grow by millions
                writers.budget.release(150);
                openAndCheck(List.of("item"));
                openAndCheck(List.of("item", "box"));
                inTwoParts(List.of("item"), 1 + i);
                inTwoParts(List.of("item", "box"), 5 * i + 1);
                try (SnapshotSource.Snapshot snapshot = subject.source().open("item", "5")) {
                    Map<String, Row> all = replayed(snapshot.position(), List.of("item"));
                    all.keySet().retainAll(List.of("item/5"));
                    assertEquals(all, rows(snapshot, 10));
                }
            }
            writers.stop();
            for (Future<?> one : running) {
                one.get();
            }
        } finally {
            writers.stop();
            executor.shutdownNow();
        }
    }

    /** They create, change and delete rows of their own, and at times empty the boxes. */
    private final class Writers {
        private final Semaphore budget = new Semaphore(0);
        private final AtomicBoolean done = new AtomicBoolean();

        void stop() {
            done.set(true);
            budget.release(1_000_000);
        }

        private void spend(Write... writes) {
            budget.acquireUninterruptibly();
            commit(writes);
        }

        void write(int base) {
            for (int round = 0; !done.get(); round++) {
                int n = 10 * round;
                for (int id = base; id < base + 10; id++) {
                    spend(create("item", id, n), create("box", id * 100_000 + round, n));
                    spend(update(id, n + 1, n));
                }
                for (int id = base; id < base + 10; id++) {
                    spend(update(id, n + 2, n + 1), update(id, n + 3, n + 2));
                    spend(delete(id, n + 3));
                }
                if (base == 0 && round % 3 == 2) {
                    spend(Write.truncate("box"));
                }
            }
        }
    }
}
