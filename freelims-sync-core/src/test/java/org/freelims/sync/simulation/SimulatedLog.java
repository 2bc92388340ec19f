package org.freelims.sync.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.freelims.sync.log.Change;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.log.InMemoryChangeLog;
import org.freelims.sync.log.InMemoryChangeLog.Write;
import org.freelims.sync.log.SnapshotSource;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;

/**
 * The log that all simulated nodes share. It can be out of reach, forget its oldest changes, start
 * another history, and lose, repeat or delay its wake-ups, until it is told to behave. Snapshots
 * come in small pages, and break off when the log gets out of reach. Confined to the test's thread.
 */
final class SimulatedLog implements ChangeLog, SnapshotSource {
    /**
     * A read tells what was committed when it began, and takes up to this long; who asks must be
     * answered no sooner.
     */
    static final Duration READ_TAKES = Duration.ofMillis(4);

    private static final int ROWS = 12;
    private static final int ROWS_A_PAGE = 4;

    private final History history;
    private final Random random;
    private final VirtualTime time;
    private final Trace trace;
    private final List<Runnable> listeners = new ArrayList<>();
    private final Map<String, Integer> rows = new TreeMap<>();
    private InMemoryChangeLog log = new InMemoryChangeLog(Integer.MAX_VALUE, "e1");
    private int epochs = 1;
    private boolean reachable = true;
    private boolean behaves;

    /** When each change of this history was committed, by offset. */
    private final List<Long> committedNanos = new ArrayList<>();

    SimulatedLog(History history, Random random, VirtualTime time, Trace trace) {
        this.history = history;
        this.random = random;
        this.time = time;
        this.trace = trace;
    }

    /** Commits a transaction of a few random writes. */
    void commit() {
        List<Write> writes = new ArrayList<>();
        for (int left = 1 + random.nextInt(4); left > 0; left--) {
            writes.add(write());
        }
        commit(writes);
    }

    private void commit(List<Write> writes) {
        Position before = log.head();
        log.append(writes.toArray(Write[]::new));
        List<Change> changes = log.readAfter(before, writes.size());
        changes.forEach(history::add);
        changes.forEach(change -> committedNanos.add(time.nanoTime()));
        trace.add(() -> "committed " + changes.stream().map(SimulatedLog::told).toList());
        for (Runnable listener : listeners) {
            if (behaves || random.nextInt(10) > 0) {
                time.after(Duration.ofMillis(random.nextInt(5)), listener);
            }
        }
    }

    private static String told(Change change) {
        return change.position()
                + " "
                + change.action().wire()
                + " "
                + change.resource()
                + "/"
                + change.id()
                + " "
                + change.data();
    }

    /** Wakes everybody for nothing, as a second LISTEN connection would. */
    void wakeAgain() {
        listeners.forEach(listener -> time.after(Duration.ofMillis(random.nextInt(5)), listener));
    }

    private Write write() {
        String resource = random.nextInt(3) == 0 ? "tests" : "items";
        if (random.nextInt(150) == 0) {
            rows.keySet().removeIf(key -> key.startsWith(resource + '/'));
            return Write.truncate(resource);
        }
        String id = Integer.toString(random.nextInt(ROWS));
        String key = resource + '/' + id;
        Integer held = rows.get(key);
        int q = random.nextInt(20);
        if (held == null) {
            rows.put(key, q);
            return Write.create(resource, id, row(id, q));
        }
        if (random.nextInt(5) == 0) {
            rows.remove(key);
            return Write.delete(resource, id, row(id, held));
        }
        rows.put(key, q);
        return Write.update(resource, id, row(id, q), q == held ? "{}" : "{\"q\":" + held + "}");
    }

    private static String row(String id, int q) {
        return "{\"id\":" + id + ",\"q\":" + q + "}";
    }

    void expire() {
        log.expireThrough(log.head().offset() - random.nextInt(40));
        trace.add(() -> "changes up to " + log.oldest() + " expire");
    }

    /** Starts another history, as a restored backup does, with the rows of the last. */
    void startEpoch() {
        log = new InMemoryChangeLog(Integer.MAX_VALUE, "e" + ++epochs);
        committedNanos.clear();
        trace.add(() -> "another history: e" + epochs);
        List<Write> writes = new ArrayList<>();
        rows.forEach(
                (key, q) -> {
                    String[] parts = key.split("/", 2);
                    writes.add(Write.create(parts[0], parts[1], row(parts[1], q)));
                });
        if (!writes.isEmpty()) {
            commit(writes);
        }
    }

    void reachable(boolean reachable) {
        trace.add(() -> "the log is " + (reachable ? "within reach" : "out of reach"));
        this.reachable = reachable;
    }

    /** From now on every wake-up comes, soon, and every read succeeds; or no longer. */
    void behave(boolean well) {
        behaves = well;
        if (well) {
            reachable(true);
        }
    }

    /**
     * Returns whether {@link ErrorCode#POSITION_LOST} is the right answer for this position now.
     */
    boolean isLost(Position position) {
        return !position.epoch().equals(log.head().epoch())
                || position.offset() < log.oldest().offset();
    }

    private void check() {
        if (!reachable || (!behaves && random.nextInt(100) == 0)) {
            throw new SyncException(ErrorCode.UNAVAILABLE, "The simulated log is out of reach.");
        }
    }

    @Override
    public Position head() {
        check();
        return log.head();
    }

    Position trueHead() {
        return log.head();
    }

    @Override
    public Position oldest() {
        check();
        return log.oldest();
    }

    @Override
    public List<Change> readAfter(Position position, int limit) {
        check();
        long began = time.nanoTime() - random.nextLong(READ_TAKES.toNanos());
        return log.readAfter(position, limit).stream()
                .filter(change -> isCommittedBy(change, began))
                .toList();
    }

    private boolean isCommittedBy(Change change, long nanos) {
        return committedNanos.get((int) change.position().offset() - 1) <= nanos;
    }

    @Override
    public Registration onAppend(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public Snapshot open(Collection<String> resources) {
        check();
        return new Paged(log.open(resources));
    }

    @Override
    public Snapshot open(String resource, String id) {
        check();
        return new Paged(log.open(resource, id));
    }

    @Override
    public Snapshot reopen(Collection<String> resources, Position position, String place) {
        check();
        return new Paged(log.reopen(resources, position, place));
    }

    @Override
    public void close() {}

    /** A snapshot in pages so small that a connection can break between two of them. */
    private final class Paged implements Snapshot {
        private final Snapshot of;

        Paged(Snapshot of) {
            this.of = of;
        }

        @Override
        public Position position() {
            return of.position();
        }

        @Override
        public List<Row> next(int limit) {
            check();
            return of.next(Math.min(limit, ROWS_A_PAGE));
        }

        @Override
        public Optional<String> placeAfter(Row row) {
            return of.placeAfter(row);
        }

        @Override
        public void close() {
            of.close();
        }
    }
}
