package org.freelims.sync.subscription;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/*
 * A value is a Feed, or a Set<Feed> of two or more. Nearly all keys have one feed, and there may be a million of them: a
 * collection for each would be a quarter of what a subscription takes.
 */
/** Feeds by a text that they have in common. Confined to the hub's loop. */
final class FeedsByKey {
    private final OpenTable<String, Object> byKey = new OpenTable<>();

    void add(String key, Feed feed) {
        Object held = byKey.get(key);
        if (held == null) {
            byKey.put(key, feed);
        } else if (held instanceof Feed first && first != feed) {
            Set<Feed> both = new LinkedHashSet<>();
            both.add(first);
            both.add(feed);
            byKey.put(key, both);
        } else if (held instanceof Set<?>) {
            several(held).add(feed);
        }
    }

    void remove(String key, Feed feed) {
        Object held = byKey.get(key);
        if (held == feed) {
            byKey.remove(key);
        } else if (held instanceof Set<?>) {
            Set<Feed> several = several(held);
            several.remove(feed);
            if (several.size() == 1) {
                byKey.put(key, several.iterator().next());
            }
        }
    }

    boolean isEmpty() {
        return byKey.isEmpty();
    }

    /** Returns the feeds of a key; a view. */
    Collection<Feed> find(String key) {
        return feeds(byKey.get(key));
    }

    /** Adds all feeds. */
    void collectAll(Set<Feed> into) {
        byKey.forEachValue(held -> into.addAll(feeds(held)));
    }

    private static Collection<Feed> feeds(@Nullable Object held) {
        if (held instanceof Feed feed) {
            return List.of(feed);
        }
        return held == null ? List.of() : several(held);
    }

    @SuppressWarnings("unchecked") // only this class puts sets there
    private static Set<Feed> several(Object held) {
        return (Set<Feed>) held;
    }
}
