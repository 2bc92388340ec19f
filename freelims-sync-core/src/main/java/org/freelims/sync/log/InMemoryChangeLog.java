package org.freelims.sync.log;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;

/**
 * A log on the heap: for tests, benchmarks and applications without a database. It keeps the newest
 * changes up to its capacity, and the current row of every record, so that it also serves
 * snapshots. Thread-safe.
 */
public final class InMemoryChangeLog implements ChangeLog, SnapshotSource {
    private static final Comparator<Row> ORDER =
            Comparator.comparing(Row::resource).thenComparing(Row::id);

    private final String epoch;
    private final int capacity;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    // guarded by this
    private final ArrayDeque<Change> changes = new ArrayDeque<>();
    private final Map<String, Map<String, String>> rows = new LinkedHashMap<>();
    private Position head;
    private Position oldest;
    private long txs;

    InMemoryChangeLog(int capacity) {
        this(capacity, HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()));
    }

    /**
     * @param epoch the history's name: a test gives it to be repeatable
     * @throws IllegalArgumentException if {@code capacity < 1} or the epoch is none
     */
    public InMemoryChangeLog(int capacity, String epoch) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity must be >= 1 but was " + capacity);
        }
        this.capacity = capacity;
        this.epoch = epoch;
        this.head = Position.of(epoch, 0);
        this.oldest = head;
    }

    /**
     * One write of a transaction.
     *
     * @param data as in {@link Change#data}
     * @param before as in {@link Change#before}
     */
    public record Write(Action action, String resource, String id, String data, String before) {
        public Write {
            requireNonNull(action, "action");
            requireNonNull(resource, "resource");
            requireNonNull(id, "id");
            requireNonNull(data, "data");
            requireNonNull(before, "before");
        }

        public static Write create(String resource, String id, String data) {
            return new Write(Action.CREATE, resource, id, data, "{}");
        }

        public static Write update(String resource, String id, String data, String before) {
            return new Write(Action.UPDATE, resource, id, data, before);
        }

        public static Write delete(String resource, String id, String data) {
            return new Write(Action.DELETE, resource, id, data, "{}");
        }

        public static Write truncate(String resource) {
            return new Write(Action.TRUNCATE, resource, "", "{}", "{}");
        }
    }

    /** Appends one transaction and returns the position of its last change. */
    public Position append(Write... writes) {
        return append(List.of(writes), Instant.EPOCH, Optional.empty(), Optional.empty());
    }

    /**
     * Appends one transaction and returns the position of its last change.
     *
     * @throws IllegalArgumentException if there are no writes
     */
    public Position append(
            List<Write> writes, Instant at, Optional<String> actor, Optional<String> reason) {
        if (writes.isEmpty()) {
            throw new IllegalArgumentException("a transaction has at least one write");
        }
        Position last;
        synchronized (this) {
            String tx = Long.toString(++txs);
            int left = writes.size();
            for (Write write : writes) {
                head = Position.of(epoch, head.offset() + 1);
                changes.add(change(write, tx, --left == 0, at, actor, reason));
                apply(write);
            }
            while (changes.size() > capacity) {
                oldest = changes.remove().position();
            }
            last = head;
        }
        listeners.forEach(Runnable::run);
        return last;
    }

    private Change change(
            Write write,
            String tx,
            boolean txLast,
            Instant at,
            Optional<String> actor,
            Optional<String> reason) {
        return new Change(
                head,
                tx,
                txLast,
                write.resource(),
                write.id(),
                write.action(),
                write.data(),
                write.before(),
                at,
                actor,
                reason);
    }

    private void apply(Write write) {
        Map<String, String> table =
                rows.computeIfAbsent(write.resource(), r -> new LinkedHashMap<>());
        switch (write.action()) {
            case CREATE, UPDATE -> table.put(write.id(), write.data());
            case DELETE -> table.remove(write.id());
            case TRUNCATE -> table.clear();
        }
    }

    /** Forgets all changes up to and with this offset, as retention does. */
    public synchronized void expireThrough(long offset) {
        while (!changes.isEmpty() && changes.element().position().offset() <= offset) {
            oldest = changes.remove().position();
        }
    }

    @Override
    public synchronized Position head() {
        return head;
    }

    @Override
    public synchronized Position oldest() {
        return oldest;
    }

    @Override
    public synchronized List<Change> readAfter(Position position, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit must be >= 1 but was " + limit);
        }
        if (!position.epoch().equals(epoch)) {
            throw lost("it belongs to another history of the data");
        }
        if (position.offset() > head.offset()) {
            throw lost("it lies ahead of the log");
        }
        if (position.offset() < oldest.offset()) {
            throw lost("changes after it are no longer kept");
        }
        if (!position.mark().isEmpty()) {
            throw lost("it names another change at the same place");
        }
        return changes.stream().skip(position.offset() - oldest.offset()).limit(limit).toList();
    }

    private static SyncException lost(String why) {
        return new SyncException(
                ErrorCode.POSITION_LOST, "This position can't be resumed from: " + why + ".");
    }

    @Override
    public Registration onAppend(Runnable listener) {
        // one wrapper a call, so that closing one registration never ends another of the same
        // listener
        Runnable one =
                new Runnable() {
                    @Override
                    public synchronized void run() {
                        listener.run();
                    }
                };
        listeners.add(one);
        return () -> listeners.remove(one);
    }

    @Override
    public synchronized Snapshot open(Collection<String> resources) {
        List<Row> all = new ArrayList<>();
        for (String resource : new TreeSet<>(resources)) {
            all.addAll(rows(resource));
        }
        all.sort(ORDER);
        return new InMemorySnapshot(head, all);
    }

    private List<Row> rows(String resource) {
        return rows.getOrDefault(resource, Map.of()).entrySet().stream()
                .map(row -> new Row(resource, row.getKey(), row.getValue()))
                .toList();
    }

    @Override
    public synchronized Snapshot reopen(
            Collection<String> resources, Position position, String place) {
        Row from = row(place);
        if (!resources.contains(from.resource())) {
            throw lost("its resource is not among those asked for");
        }
        NavigableSet<String> left = new TreeSet<>(resources).tailSet(from.resource(), true);
        EarlierRows earlier = new EarlierRows();
        for (Change change : readAfter(position, Integer.MAX_VALUE)) {
            if (left.contains(change.resource())) {
                earlier.add(change);
            }
        }
        List<Row> all = new ArrayList<>();
        for (String resource : left) {
            rows(resource).stream()
                    .filter(row -> !earlier.isChanged(resource, row.id()))
                    .forEach(all::add);
            all.addAll(earlier.rows(resource));
        }
        all.removeIf(row -> ORDER.compare(row, from) <= 0);
        all.sort(ORDER);
        return new InMemorySnapshot(position, all);
    }

    private static Row row(String place) {
        int slash = place.indexOf('/');
        if (slash < 0) {
            throw lost("it is no place in a snapshot");
        }
        return new Row(place.substring(0, slash), place.substring(slash + 1), "");
    }

    @Override
    public synchronized Snapshot open(String resource, String id) {
        String data = rows.getOrDefault(resource, Map.of()).get(id);
        return new InMemorySnapshot(
                head, data == null ? List.of() : List.of(new Row(resource, id, data)));
    }

    @Override
    public void close() {
        listeners.clear();
    }

    private static final class InMemorySnapshot implements Snapshot {
        private final Position position;
        private final ArrayDeque<Row> rows;

        InMemorySnapshot(Position position, List<Row> rows) {
            this.position = position;
            this.rows = new ArrayDeque<>(rows);
        }

        @Override
        public Position position() {
            return position;
        }

        @Override
        public List<Row> next(int limit) {
            List<Row> page = new ArrayList<>();
            while (page.size() < limit && !rows.isEmpty()) {
                page.add(rows.remove());
            }
            return page;
        }

        @Override
        public Optional<String> placeAfter(Row row) {
            // no resource's name has a slash
            return Optional.of(row.resource() + '/' + row.id());
        }

        @Override
        public void close() {
            rows.clear();
        }
    }
}
