package org.freelims.sync.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
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
 * another history, and lose or delay its wake-ups. Confined to the test's thread.
 */
final class SimulatedLog implements ChangeLog, SnapshotSource {
    private static final int ROWS = 12;

    private final History history;
    private final Random random;
    private final VirtualTime time;
    private final List<Runnable> listeners = new ArrayList<>();
    private final Map<String, Integer> rows = new TreeMap<>();
    private InMemoryChangeLog log = new InMemoryChangeLog(Integer.MAX_VALUE, "e1");
    private int epochs = 1;
    private boolean reachable = true;

    SimulatedLog(History history, Random random, VirtualTime time) {
        this.history = history;
        this.random = random;
        this.time = time;
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
        log.readAfter(before, writes.size()).forEach(history::add);
        for (Runnable listener : listeners) {
            if (random.nextInt(10) > 0) {
                time.after(Duration.ofMillis(random.nextInt(5)), listener);
            }
        }
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
    }

    /** Starts another history, as a restored backup does, with the rows of the last. */
    void startEpoch() {
        log = new InMemoryChangeLog(Integer.MAX_VALUE, "e" + ++epochs);
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
        this.reachable = reachable;
    }

    /**
     * Returns whether {@link ErrorCode#POSITION_LOST} is the right answer for this position now.
     */
    boolean isLost(Position position) {
        return !position.epoch().equals(log.head().epoch())
                || position.offset() < log.oldest().offset();
    }

    private void check() {
        if (!reachable || random.nextInt(100) == 0) {
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
        return log.readAfter(position, limit);
    }

    @Override
    public Registration onAppend(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public Snapshot open(Collection<String> resources) {
        check();
        return log.open(resources);
    }

    @Override
    public Snapshot open(String resource, String id) {
        check();
        return log.open(resource, id);
    }

    @Override
    public void close() {}
}
