package org.freelims.sync.subscription;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/*
 * Invariant: a key in `slots` is at the slot its hash names or within LONGEST behind it, with no free slot in between; keys
 * are at even indices, each with its value after it. At most two of three slots are taken. A key that found no place near
 * enough when it came is in `crowded`, whose entries of one hash make a tree: clients choose the keys, and could choose many
 * of one hash.
 */
/**
 * A hash table without an object an entry: with a million of them a {@code HashMap}'s nodes are a
 * tenth of the heap, and one more place in memory to go to at each look-up. Confined to the hub's
 * loop.
 */
final class OpenTable<K, V> {
    private static final int LEAST_SLOTS = 4;

    /** Spreads hashes that lie side by side, as those of numbers as text do. */
    private static final int SPREAD = 0x9E3779B9;

    /** How many slots are looked at for a key. */
    private static final int LONGEST = 64;

    private @Nullable Object[] slots = new @Nullable Object[2 * LEAST_SLOTS];
    private Map<K, V> crowded = Map.of();
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    @Nullable V get(Object key) {
        int at = find(key);
        return at >= 0 && slots[at] != null ? value(at) : crowded.get(key);
    }

    /** Returns what the key had before. */
    @Nullable V put(K key, V value) {
        V before = get(key);
        place(key, value);
        if (before == null && 3 * ++size > slots.length) {
            resize(2 * slots.length);
        }
        return before;
    }

    private void place(K key, V value) {
        int at = find(key);
        if (at < 0 || (!crowded.isEmpty() && crowded.containsKey(key))) {
            if (crowded.isEmpty()) {
                crowded = new HashMap<>();
            }
            crowded.put(key, value);
        } else {
            slots[at] = key;
            slots[at + 1] = value;
        }
    }

    void remove(Object key) {
        int at = find(key);
        if (at >= 0 && slots[at] != null) {
            free(at);
        } else if (crowded.isEmpty() || crowded.remove(key) == null) {
            return;
        }
        size--;
        if (12 * size < slots.length && slots.length > 2 * LEAST_SLOTS) {
            resize(slots.length / 2);
        }
    }

    /** Frees a slot: whoever could have stood there moves there, and frees another. */
    private void free(int place) {
        int free = place;
        for (int at = next(free); slots[at] != null; at = next(at)) {
            if (distance(home(slots[at]), at) >= distance(free, at)) {
                slots[free] = slots[at];
                slots[free + 1] = slots[at + 1];
                free = at;
            }
        }
        slots[free] = null;
        slots[free + 1] = null;
    }

    void forEachValue(Consumer<? super V> each) {
        for (int at = 0; at < slots.length; at += 2) {
            if (slots[at] != null) {
                each.accept(value(at));
            }
        }
        crowded.values().forEach(each);
    }

    /** Returns where the key is or could be put, or -1 if it is not here and finds no place. */
    private int find(Object key) {
        int at = home(key);
        for (int i = 0; i < LONGEST; i++, at = next(at)) {
            if (slots[at] == null || key.equals(slots[at])) {
                return at;
            }
        }
        return -1;
    }

    private int home(@Nullable Object key) {
        int bits = Integer.numberOfTrailingZeros(slots.length) - 1;
        return key == null ? 0 : ((key.hashCode() * SPREAD) >>> (32 - bits)) << 1;
    }

    private int next(int at) {
        return (at + 2) & (slots.length - 1);
    }

    private int distance(int from, int to) {
        return (to - from) & (slots.length - 1);
    }

    @SuppressWarnings("unchecked") // only place() puts anything there
    private V value(int at) {
        return (V) requireNonNull(slots[at + 1]);
    }

    @SuppressWarnings("unchecked") // only place() puts anything there
    private void resize(int length) {
        @Nullable Object[] before = slots;
        Map<K, V> wereCrowded = crowded;
        slots = new @Nullable Object[length];
        crowded = Map.of();
        for (int from = 0; from < before.length; from += 2) {
            if (before[from] != null) {
                place((K) before[from], (V) requireNonNull(before[from + 1]));
            }
        }
        wereCrowded.forEach(this::place);
    }
}
