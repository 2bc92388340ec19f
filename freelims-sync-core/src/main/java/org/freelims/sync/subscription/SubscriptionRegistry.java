package org.freelims.sync.subscription;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.freelims.sync.access.View;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.transport.Frame;

/**
 * All feeds of a node, and which of them a change touches: found by resource, id and filter value,
 * so that the work follows the feeds touched and not those that exist. Confined to the hub's loop.
 */
public final class SubscriptionRegistry {
    private static final class ResourceFeeds {
        final List<Feed> whole = new ArrayList<>(1);
        final FeedsByKey byId = new FeedsByKey();
        final FilterIndex filtered = new FilterIndex();

        boolean isEmpty() {
            return whole.isEmpty() && byId.isEmpty() && filtered.isEmpty();
        }
    }

    private final Map<View, OpenTable<Expression, Feed>> feeds = new HashMap<>();
    private final Map<String, ResourceFeeds> byResource = new HashMap<>();
    private final List<Feed> everything = new ArrayList<>();
    private int feedCount;

    /**
     * Makes {@code member} one of the feed of this expression and view, which comes into being if
     * it is the first.
     *
     * @param start the position that the member knows of
     * @param dispatched up to where this node has published
     */
    public Feed join(
            Expression expression, View view, Feed.Member member, Position start, long dispatched) {
        OpenTable<Expression, Feed> ofView = feeds.computeIfAbsent(view, v -> new OpenTable<>());
        Feed feed = ofView.get(expression);
        if (feed == null) {
            feed = new Feed(expression, view, dispatched, start);
            ofView.put(expression, feed);
            feedCount++;
            index(feed);
        }
        feed.join(member, start);
        return feed;
    }

    /** Ends a membership; a feed without members is forgotten. */
    public void leave(Feed feed, Feed.Member member) {
        feed.leave(member);
        if (feed.isDeserted() && forget(feed)) {
            feedCount--;
            unindex(feed);
        }
    }

    private boolean forget(Feed feed) {
        OpenTable<Expression, Feed> ofView = feeds.get(feed.view());
        if (ofView == null || ofView.get(feed.expression()) != feed) {
            return false;
        }
        ofView.remove(feed.expression());
        if (ofView.isEmpty()) {
            feeds.remove(feed.view());
        }
        return true;
    }

    /** Returns all feeds of this moment, in no order. */
    public Collection<Feed> feeds() {
        List<Feed> all = new ArrayList<>(feedCount);
        feeds.values().forEach(ofView -> ofView.forEachValue(all::add));
        return all;
    }

    /** Returns how many feeds there are. */
    public int feedCount() {
        return feedCount;
    }

    /**
     * Publishes a change just appended: hands every feed it concerns to {@code each}, with its
     * frame.
     */
    public void publish(LoggedChange logged, BiConsumer<Feed, Frame> each) {
        for (Feed feed : touched(logged)) {
            Optional<Frame> frame = feed.publish(logged);
            frame.ifPresent(made -> each.accept(feed, made));
        }
        logged.markPublished();
        logged.forgetRows();
    }

    /** Returns the feeds that the change may concern. */
    private Iterable<Feed> touched(LoggedChange logged) {
        ResourceFeeds of = byResource.get(logged.change().resource());
        if (of == null) {
            return everything;
        }
        if (logged.change().action() == Action.TRUNCATE) {
            return allOf(of);
        }
        Collection<Feed> ofId = of.byId.find(logged.change().id());
        if (everything.isEmpty() && of.filtered.isEmpty()) {
            if (ofId.isEmpty()) {
                return of.whole;
            }
            if (of.whole.isEmpty()) {
                return ofId;
            }
        }
        Set<Feed> touched = new LinkedHashSet<>(of.whole);
        touched.addAll(ofId);
        of.filtered.collect(logged, touched);
        touched.addAll(everything);
        return touched;
    }

    private Set<Feed> allOf(ResourceFeeds of) {
        Set<Feed> all = new LinkedHashSet<>(of.whole);
        of.byId.collectAll(all);
        of.filtered.collectAll(all);
        all.addAll(everything);
        return all;
    }

    private void index(Feed feed) {
        if (feed.expression().isEverything()) {
            everything.add(feed);
            return;
        }
        ResourceFeeds of =
                byResource.computeIfAbsent(feed.expression().resource(), r -> new ResourceFeeds());
        Optional<String> id = feed.expression().id();
        if (id.isPresent()) {
            of.byId.add(id.get(), feed);
        } else if (feed.expression().hasFilter()) {
            of.filtered.add(feed);
        } else {
            of.whole.add(feed);
        }
    }

    private void unindex(Feed feed) {
        if (feed.expression().isEverything()) {
            everything.remove(feed);
            return;
        }
        String resource = feed.expression().resource();
        ResourceFeeds of = byResource.get(resource);
        if (of == null) {
            return;
        }
        Optional<String> id = feed.expression().id();
        if (id.isPresent()) {
            of.byId.remove(id.get(), feed);
        } else if (feed.expression().hasFilter()) {
            of.filtered.remove(feed);
        } else {
            of.whole.remove(feed);
        }
        if (of.isEmpty()) {
            byResource.remove(resource);
        }
    }
}
