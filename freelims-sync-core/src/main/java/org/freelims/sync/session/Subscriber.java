package org.freelims.sync.session;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.freelims.sync.access.ResourceCatalog;
import org.freelims.sync.access.View;
import org.freelims.sync.log.SnapshotSource;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.subscription.Expression;
import org.freelims.sync.subscription.Feed;

/** How one session's subscriptions come and go. Confined to the hub's loop. */
final class Subscriber {
    private final Session session;
    private final Node node;

    Subscriber(Session session, Node node) {
        this.session = session;
        this.node = node;
    }

    void subscribe(ClientMessage.Subscribe message) {
        Expression expression = Expression.parse(message.to());
        Optional<Subscription> known = session.subscription(expression);
        if (known.isPresent()) {
            answerAgain(known.get(), message.id());
            return;
        }
        try {
            checkAllowed(expression);
        } catch (SyncException e) {
            session.denied(e.code(), Optional.of(expression));
            throw e;
        }
        if (session.subscriptions().size() >= node.limits().maxSubscriptions()) {
            throw new SyncException(
                    ErrorCode.TOO_MANY_SUBSCRIPTIONS,
                    "This connection has "
                            + node.limits().maxSubscriptions()
                            + " subscriptions, which is the most. Unsubscribe from some, or"
                            + " subscribe to a whole resource.");
        }
        Subscription subscription =
                new Subscription(session, expression, node.position(), message.id());
        session.add(subscription);
        session.subscribing(expression);
        if (message.from() instanceof StartFrom.After after) {
            startAfter(subscription, after.position());
        } else if (message.from() instanceof StartFrom.Snapshot) {
            startWithSnapshot(subscription, Optional.empty());
        } else if (message.from() instanceof StartFrom.SnapshotBehind behind) {
            startWithSnapshot(subscription, SnapshotPlace.parse(behind.next()));
        } else {
            start(subscription, node.position());
        }
    }

    /**
     * Answers with where the subscription started. A later position would be a promise: what was
     * offered since may still be dropped, and read from the log again, while this answer is not.
     */
    private void answerAgain(Subscription subscription, long messageId) {
        if (subscription.hasFeed() && subscription.state() != Subscription.State.LOST) {
            answerSubscribed(subscription, messageId, subscription.start(), Optional.empty());
        } else {
            subscription.answerToo(messageId);
        }
    }

    void unsubscribe(ClientMessage.Unsubscribe message) {
        Expression expression = Expression.parse(message.to());
        session.subscription(expression)
                .ifPresent(
                        subscription -> {
                            for (long id : subscription.takeUnanswered()) {
                                session.answer(
                                        new ServerMessage.Unsubscribed(id, expression.toString()));
                            }
                            session.forget(subscription);
                        });
        session.answer(new ServerMessage.Unsubscribed(message.id(), expression.toString()));
    }

    /**
     * Rules 10 and the filter's: what may not be seen and what does not exist get the same answer.
     */
    private void checkAllowed(Expression expression) {
        if (expression.isEverything()) {
            return;
        }
        String resource = expression.resource();
        Optional<ResourceCatalog> catalog = node.catalog();
        boolean exists = catalog.isEmpty() || catalog.get().resources().contains(resource);
        if (!exists || !session.view().allows(resource)) {
            throw new SyncException(
                    ErrorCode.FORBIDDEN,
                    "There is no resource '" + resource + "' that you may see." + allowed(catalog));
        }
        for (String field : expression.filterFields()) {
            boolean hidden = session.view().hiddenFields(resource).contains(field);
            boolean unknown =
                    catalog.isPresent()
                            && !catalog.get().fields(resource).isEmpty()
                            && !catalog.get().fields(resource).contains(field);
            if (hidden || unknown) {
                throw new SyncException(
                        ErrorCode.FORBIDDEN,
                        "There is no field '"
                                + shortened(field)
                                + "' of "
                                + resource
                                + " that you may filter by.");
            }
        }
    }

    private static String shortened(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }

    private String allowed(Optional<ResourceCatalog> catalog) {
        if (catalog.isEmpty()) {
            return "";
        }
        List<String> names =
                new TreeSet<>(catalog.get().resources())
                        .stream().filter(session.view()::allows).toList();
        return names.isEmpty()
                ? " Ask your administrator for access."
                : " You may see: " + String.join(", ", names) + ".";
    }

    /** Joins the feed at a position that is good, answers, and catches up from there. */
    private void start(Subscription subscription, Position position) {
        join(subscription, position);
        answerJoined(subscription, position, Optional.empty());
        session.catchUp().begin();
    }

    private void join(Subscription subscription, Position position) {
        subscription.joined(
                node.registry()
                        .join(
                                subscription.expression(),
                                session.view(),
                                subscription,
                                position,
                                node.position().offset()),
                position);
    }

    private void answerJoined(
            Subscription subscription, Position position, Optional<SnapshotPlace> behind) {
        Optional<String> next = behind.flatMap(SnapshotPlace::text);
        subscription
                .takeUnanswered()
                .forEach(id -> answerSubscribed(subscription, id, position, next));
    }

    private void answerSubscribed(
            Subscription subscription, long messageId, Position position, Optional<String> next) {
        session.answer(
                new ServerMessage.Subscribed(
                        messageId, subscription.expression().toString(), position, next));
    }

    private void startAfter(Subscription subscription, Position position) {
        if (node.recent().holds(position)) {
            start(subscription, position);
            return;
        }
        node.lookUp(
                () -> node.log().readAfter(position, 1),
                found -> {
                    if (subscription.state() != Subscription.State.JOINING) {
                        return;
                    }
                    if (position.epoch().equals(node.position().epoch())) {
                        start(subscription, position);
                    } else {
                        failed(subscription, justChanged("history of the data"));
                    }
                },
                e -> failed(subscription, e));
    }

    private void startWithSnapshot(Subscription subscription, Optional<SnapshotPlace> behind) {
        SnapshotSource source =
                node.snapshots()
                        .orElseThrow(
                                () -> {
                                    session.forget(subscription);
                                    return new SyncException(
                                            ErrorCode.SNAPSHOT_UNAVAILABLE,
                                            "This server has no snapshots. Subscribe from"
                                                    + " \"now\".");
                                });
        node.snapshotSlots()
                .acquire(
                        freed -> {
                            if (subscription.state() == Subscription.State.ENDED) {
                                freed.run();
                                return;
                            }
                            openSnapshot(subscription, source, behind, freed);
                        });
    }

    /** A snapshot, and behind what in an earlier one it goes on, if it does. */
    private record Opened(SnapshotSource.Snapshot snapshot, Optional<SnapshotPlace> behind) {}

    private static Opened open(
            SnapshotSource source,
            Expression expression,
            List<String> resources,
            Optional<SnapshotPlace> behind) {
        if (expression.id().isPresent()) {
            return new Opened(
                    source.open(expression.resource(), expression.id().get()), Optional.empty());
        }
        if (behind.isPresent()) {
            try {
                SnapshotPlace place = behind.get();
                return new Opened(
                        source.reopen(resources, place.position(), place.place()), behind);
            } catch (SyncException e) {
                if (e.code() != ErrorCode.POSITION_LOST) {
                    throw e;
                }
                // then all of them anew, which the answer shows
            }
        }
        return new Opened(source.open(resources), Optional.empty());
    }

    private void openSnapshot(
            Subscription subscription,
            SnapshotSource source,
            Optional<SnapshotPlace> behind,
            Runnable freed) {
        Expression expression = subscription.expression();
        View view = session.view();
        List<String> resources = resources(expression, view);
        node.lookUp(
                () -> open(source, expression, resources, behind),
                opened -> {
                    SnapshotSource.Snapshot snapshot = opened.snapshot();
                    if (subscription.state() == Subscription.State.ENDED) {
                        drop(snapshot, freed);
                    } else if (!snapshot.position().epoch().equals(node.position().epoch())) {
                        drop(snapshot, freed);
                        failed(subscription, justChanged("history of the data"));
                    } else if (!view.equals(session.view())) {
                        drop(snapshot, freed);
                        failed(subscription, justChanged("data that you may see"));
                    } else {
                        send(subscription, opened, freed);
                    }
                },
                e -> {
                    freed.run();
                    failed(subscription, e);
                });
    }

    private void send(Subscription subscription, Opened opened, Runnable freed) {
        SnapshotSource.Snapshot snapshot = opened.snapshot();
        Position position = snapshot.position();
        join(subscription, position);
        SnapshotPump pump =
                new SnapshotPump(
                        session,
                        node,
                        snapshot,
                        freed,
                        new SnapshotStart(subscription, session, snapshot));
        subscription.pumping(pump);
        answerJoined(subscription, position, opened.behind());
        pump.resume();
    }

    private void drop(SnapshotSource.Snapshot snapshot, Runnable freed) {
        node.blocking()
                .execute(
                        () -> {
                            snapshot.close();
                            node.loop().execute(freed);
                        });
    }

    private List<String> resources(Expression expression, View view) {
        return expression.isEverything()
                ? node.catalog().map(ResourceCatalog::resources).stream()
                        .flatMap(names -> names.stream().sorted())
                        .filter(view::allows)
                        .toList()
                : List.of(expression.resource());
    }

    private static SyncException justChanged(String what) {
        return new SyncException(
                ErrorCode.UNAVAILABLE, "The " + what + " has just changed. Try again.");
    }

    /** Ends a subscription that could not start, or not go on, and says why. */
    void failed(Subscription subscription, SyncException e) {
        if (session.isClosed() || subscription.state() == Subscription.State.ENDED) {
            return;
        }
        if (e.code() == ErrorCode.POSITION_LOST) {
            positionLost(subscription);
            return;
        }
        List<Long> ids = subscription.takeUnanswered();
        session.forget(subscription);
        for (long id : ids) {
            session.answer(new ServerMessage.Failed(id, e.code(), e.getMessage()));
        }
        if (ids.isEmpty()) {
            session.answer(new ServerMessage.Failed(ClientMessage.NO_ID, e.code(), e.getMessage()));
            session.answer(
                    new ServerMessage.Unsubscribed(
                            ClientMessage.NO_ID, subscription.expression().toString()));
        }
    }

    /**
     * Rule 7: says so, with the oldest position there is as far as it can be told. Until then the
     * subscription stands, so that no heartbeat claims that the client is complete.
     */
    void positionLost(Subscription subscription) {
        subscription.lose();
        node.lookUp(
                () -> node.log().oldest(),
                oldest -> answerLost(subscription, Optional.of(oldest)),
                e -> answerLost(subscription, Optional.empty()));
    }

    private void answerLost(Subscription subscription, Optional<Position> oldest) {
        if (subscription.state() != Subscription.State.LOST) {
            return;
        }
        List<Long> ids = subscription.takeUnanswered();
        session.forget(subscription);
        for (long id : ids.isEmpty() ? List.of(ClientMessage.NO_ID) : ids) {
            session.answer(
                    new ServerMessage.Resync(
                            id,
                            subscription.expression().toString(),
                            ErrorCode.POSITION_LOST,
                            Optional.empty(),
                            oldest,
                            Optional.empty(),
                            Optional.empty()));
        }
    }

    /**
     * The principal's rights have changed: each subscription goes on with what may be seen now, or
     * ends.
     */
    void viewChanged() {
        for (Subscription subscription : session.subscriptionsCopy()) {
            try {
                checkAllowed(subscription.expression());
            } catch (SyncException e) {
                failed(subscription, e);
                continue;
            }
            if (subscription.hasFeed()) {
                goOnBySessionsView(subscription);
            }
        }
    }

    private void goOnBySessionsView(Subscription subscription) {
        boolean streams =
                subscription.state() == Subscription.State.LIVE
                        || subscription.state() == Subscription.State.CATCHING_UP;
        // by either view: rows of a resource that is new to it are more than the client holds
        Set<String> resources =
                new TreeSet<>(resources(subscription.expression(), subscription.feed().view()));
        resources.addAll(resources(subscription.expression(), session.view()));
        if (!streams || node.snapshots().isEmpty() || resources.isEmpty()) {
            // what the client holds can't be told from here: it starts over
            positionLost(subscription);
            return;
        }
        Feed before = subscription.feed();
        node.registry().leave(before, subscription);
        long dispatched = node.position().offset();
        subscription.changesView(
                node.registry()
                        .join(
                                subscription.expression(),
                                session.view(),
                                subscription,
                                subscription.known(),
                                dispatched),
                dispatched);
        new ViewChange(subscription, this, session, node, before)
                .begin(node.snapshots().get(), List.copyOf(resources));
    }
}
