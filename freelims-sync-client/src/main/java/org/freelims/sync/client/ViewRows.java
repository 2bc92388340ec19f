package org.freelims.sync.client;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.freelims.sync.client.ViewChange.RowDifference;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.Row;
import org.freelims.sync.protocol.RowsDigest;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/*
 * Invariant: `digests` has the same keys as `contents.rows()`, and `contents.digest()` is the sum of its values.
 *
 * A row is read before anything is changed, so that a call that fails on a row can be made again.
 */
/**
 * The rows of a view: what it holds, and how that becomes something else. Confined to the client's
 * delivery queue.
 */
final class ViewRows<K, V> {
    private final RowReader<V> reader;
    private final Function<String, K> keys;
    private final RowIds ids;

    private PMap<K, V> rows = HashTreePMap.empty();
    private Map<K, RowsDigest> digests = new HashMap<>();
    private ViewContents<K, V> contents =
            new ViewContents<>(rows, Optional.empty(), RowsDigest.EMPTY);

    ViewRows(RowReader<V> reader, Function<String, K> keys, RowIds ids) {
        this.reader = requireNonNull(reader, "reader");
        this.keys = requireNonNull(keys, "keys");
        this.ids = ids;
    }

    /** One thing to be done to the rows. Immutable. */
    sealed interface Step<K, V> {
        /** A row is new or another. */
        record Put<K, V>(K key, V row, RowsDigest digest) implements Step<K, V> {}

        /** A row is gone. */
        record Remove<K, V>(K key) implements Step<K, V> {}

        /** All rows are gone. */
        record Clear<K, V>() implements Step<K, V> {}
    }

    ViewContents<K, V> contents() {
        return contents;
    }

    /** Reads a snapshot's row. */
    Step.Put<K, V> put(String resource, String data) {
        return put(resource, ids.of(resource, Row.parse(data)), data);
    }

    Step.Put<K, V> put(String resource, String id, String data) {
        V row = ReadingHandler.read(reader, resource, data);
        return new Step.Put<>(key(id), row, RowsDigest.ofRow(resource, id, data));
    }

    Step<K, V> remove(String id) {
        return new Step.Remove<>(key(id));
    }

    private K key(String id) {
        return requireNonNull(keys.apply(id), "the key of an id is null");
    }

    /** Returns what it became; empty if it is the same but for the position. */
    Optional<ViewChange<K, V>> apply(List<Step<K, V>> steps, Optional<Position> position) {
        Map<K, Optional<RowsDigest>> touched = new LinkedHashMap<>();
        RowsDigest digest = contents.digest();
        PMap<K, V> next = rows;
        for (Step<K, V> step : steps) {
            if (step instanceof Step.Put<K, V> put) {
                digest = replace(touched, put.key(), put.digest(), digest);
                next = next.plus(put.key(), put.row());
            } else if (step instanceof Step.Remove<K, V> remove) {
                digest = replace(touched, remove.key(), null, digest);
                next = next.minus(remove.key());
            } else {
                for (K key : List.copyOf(digests.keySet())) {
                    digest = replace(touched, key, null, digest);
                }
                next = HashTreePMap.empty();
            }
        }
        return become(next, position, digest, touched);
    }

    /** Returns the sum without the key's present row and with another. */
    private RowsDigest replace(
            Map<K, Optional<RowsDigest>> touched,
            K key,
            @Nullable RowsDigest with,
            RowsDigest sum) {
        RowsDigest was = with == null ? digests.remove(key) : digests.put(key, with);
        touched.putIfAbsent(key, Optional.ofNullable(was));
        RowsDigest without = was == null ? sum : sum.minus(was);
        return with == null ? without : without.plus(with);
    }

    /** As {@link #apply}, with these rows in place of all. */
    Optional<ViewChange<K, V>> replaceAll(List<Step.Put<K, V>> snapshot, Position position) {
        Map<K, RowsDigest> before = digests;
        digests = new HashMap<>();
        PMap<K, V> next = HashTreePMap.empty();
        RowsDigest digest = RowsDigest.EMPTY;
        Map<K, Optional<RowsDigest>> touched = new LinkedHashMap<>();
        before.forEach((key, was) -> touched.put(key, Optional.of(was)));
        for (Step.Put<K, V> put : snapshot) {
            touched.putIfAbsent(put.key(), Optional.empty());
            if (digests.put(put.key(), put.digest()) != null) {
                throw new IllegalStateException(
                        "two records have the key "
                                + put.key()
                                + "; idFields(...) or keys(...) is wrong");
            }
            next = next.plus(put.key(), put.row());
            digest = digest.plus(put.digest());
        }
        return become(next, Optional.of(position), digest, touched);
    }

    private Optional<ViewChange<K, V>> become(
            PMap<K, V> next,
            Optional<Position> position,
            RowsDigest digest,
            Map<K, Optional<RowsDigest>> touched) {
        ViewContents<K, V> before = contents;
        List<RowDifference<K, V>> differences = new ArrayList<>();
        touched.forEach(
                (key, was) -> {
                    if (!was.equals(Optional.ofNullable(digests.get(key)))) {
                        differences.add(
                                new RowDifference<>(
                                        key,
                                        Optional.ofNullable(rows.get(key)),
                                        Optional.ofNullable(next.get(key))));
                    }
                });
        rows = next;
        contents =
                new ViewContents<>(
                        next, position.isPresent() ? position : before.position(), digest);
        return differences.isEmpty()
                ? Optional.empty()
                : Optional.of(new ViewChange<>(before, contents, differences));
    }
}
