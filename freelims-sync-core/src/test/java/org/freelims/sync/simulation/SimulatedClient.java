package org.freelims.sync.simulation;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.InMemoryConnection;
import org.jspecify.annotations.Nullable;

/**
 * A client that keeps the protocol's rules and holds the server to them: every message is checked
 * against the history the moment it arrives. Confined to the test's thread.
 */
final class SimulatedClient implements InMemoryConnection.Receiver {
    /** What it knows of one subscription; survives reconnects. */
    private static final class Held {
        StartFrom next;
        boolean answered;
        boolean inSnapshot;
        Position known = Position.of("none", 0);
        Map<String, String> rows = new TreeMap<>();

        Held(StartFrom next) {
            this.next = next;
        }
    }

    private final String name;
    private final History history;
    private final SimulatedLog log;
    private final Trace trace;
    private final Map<String, Held> subscriptions = new LinkedHashMap<>();
    private final Map<Long, String> asked = new LinkedHashMap<>();
    private @Nullable InMemoryConnection connection;
    private int incarnation;
    private long nextId;
    private long notifications;

    SimulatedClient(String name, History history, SimulatedLog log, Trace trace) {
        this.name = name;
        this.history = history;
        this.log = log;
        this.trace = trace;
    }

    boolean isConnected() {
        return connection != null;
    }

    Optional<InMemoryConnection> connection() {
        return Optional.ofNullable(connection);
    }

    /** Returns a receiver for a new connection: what an older one still delivers is ignored. */
    InMemoryConnection.Receiver receiver() {
        int mine = ++incarnation;
        asked.clear();
        return new InMemoryConnection.Receiver() {
            @Override
            public void onText(String text) {
                if (mine == incarnation) {
                    SimulatedClient.this.onText(text);
                }
            }

            @Override
            public void onClosed(CloseReason reason) {
                if (mine == incarnation) {
                    SimulatedClient.this.onClosed(reason);
                }
            }
        };
    }

    void connected(InMemoryConnection open) {
        connection = open;
        subscriptions.forEach((to, held) -> ask(to, held));
    }

    void subscribe(String to, StartFrom from) {
        Held held = new Held(from);
        if (subscriptions.putIfAbsent(to, held) == null && connection != null) {
            ask(to, held);
        }
    }

    void unsubscribe(String to) {
        if (subscriptions.remove(to) != null && connection != null) {
            send(new ClientMessage.Unsubscribe(nextId++, to));
        }
    }

    private void ask(String to, Held held) {
        held.answered = false;
        long id = nextId++;
        asked.put(id, to);
        send(new ClientMessage.Subscribe(id, to, held.next));
    }

    private void send(ClientMessage message) {
        trace.add(() -> name + " -> " + MessageCodec.encode(message));
        connection().orElseThrow().send(MessageCodec.encode(message));
    }

    @Override
    public void onClosed(CloseReason reason) {
        trace.add(() -> name + " closed: " + reason);
        connection = null;
    }

    @Override
    public void onText(String text) {
        trace.add(() -> name + " <- " + text);
        ServerMessage message = MessageCodec.decodeServer(text).orElseThrow();
        if (message instanceof ServerMessage.Subscribed m) {
            subscribed(m);
        } else if (message instanceof ServerMessage.Notification m) {
            notifications++;
            told(m.to(), m.position(), m.prev(), m.action().wire(), m.id(), m.data());
        } else if (message instanceof ServerMessage.Left m) {
            told(m.to(), m.position().orElseThrow(), m.prev().orElseThrow(), "left", m.id(), "");
        } else if (message instanceof ServerMessage.SnapshotPage m) {
            page(m);
        } else if (message instanceof ServerMessage.Heartbeat m) {
            heartbeat(m.position());
        } else if (message instanceof ServerMessage.Resync m) {
            resync(m);
        } else if (message instanceof ServerMessage.Failed m) {
            failed(m);
        }
    }

    private void failed(ServerMessage.Failed m) {
        trace.require(
                m.code() == ErrorCode.UNAVAILABLE, () -> name + " was refused with " + m.code());
        String to = asked.remove(m.id());
        Held held = to == null ? null : subscriptions.get(to);
        if (to != null && held != null && !asked.containsValue(to)) {
            ask(to, held);
        }
    }

    private void subscribed(ServerMessage.Subscribed m) {
        Held held = subscriptions.get(m.to());
        String to = asked.remove(m.id());
        if (held == null || to == null || asked.containsValue(m.to())) {
            return; // unsubscribed, or asked again, meanwhile
        }
        trace.require(
                !(held.next instanceof StartFrom.After after)
                        || after.position().equals(m.position()),
                () -> name + " is to go on from " + m.position() + " but asked for " + held.next);
        held.answered = true;
        held.inSnapshot = held.next instanceof StartFrom.Snapshot;
        held.rows.clear();
        held.known = m.position();
        if (!held.inSnapshot) {
            held.next = StartFrom.after(m.position());
        }
    }

    private Optional<Held> live(String to) {
        Held held = subscriptions.get(to);
        return held != null && held.answered ? Optional.of(held) : Optional.empty();
    }

    private void told(
            String to, Position position, Position prev, String kind, String id, String data) {
        Optional<Held> maybe = live(to);
        if (maybe.isEmpty()) {
            return; // sent before the server saw that this was unsubscribed
        }
        Held held = maybe.get();
        trace.require(
                !held.inSnapshot, () -> name + " got a notification amid a snapshot of " + to);
        trace.require(
                position.epoch().equals(held.known.epoch()),
                () -> name + " is in another epoch: " + to);
        Optional<History.Expected> expected =
                history.next(position.epoch(), held.known.offset(), to);
        trace.require(
                expected.isPresent()
                        && expected.get().offset() == position.offset()
                        && expected.get().kind().equals(kind)
                        && expected.get().id().equals(id)
                        && expected.get().data().equals(data),
                () ->
                        name
                                + " expected "
                                + expected
                                + " of "
                                + to
                                + " but got "
                                + position
                                + " "
                                + kind);
        trace.require(
                prev.offset() <= held.known.offset(),
                () -> name + " sees a gap in " + to + ": prev " + prev + ", known " + held.known);
        held.known = position;
        held.next = StartFrom.after(position);
    }

    private void page(ServerMessage.SnapshotPage m) {
        Optional<Held> maybe = live(m.to());
        if (maybe.isEmpty()) {
            return;
        }
        Held held = maybe.get();
        trace.require(held.inSnapshot, () -> name + " got an unasked snapshot page of " + m.to());
        for (String row : m.rows()) {
            String id = row.replaceAll(".*\"id\":(\\d+).*", "$1");
            trace.require(
                    held.rows.put(m.resource() + '/' + id, row) == null,
                    () -> name + " got a row twice in a snapshot");
        }
        if (m.last()) {
            held.inSnapshot = false;
            trace.require(
                    held.rows.equals(
                            history.rows(m.position().epoch(), m.position().offset(), m.to())),
                    () -> name + " got the wrong rows of " + m.to() + " at " + m.position());
            held.known = m.position();
            held.next = StartFrom.after(m.position());
        }
    }

    private void heartbeat(Position position) {
        subscriptions.forEach(
                (to, held) -> {
                    if (!held.answered
                            || held.inSnapshot
                            || !position.epoch().equals(held.known.epoch())) {
                        return;
                    }
                    Optional<History.Expected> missing =
                            history.next(position.epoch(), held.known.offset(), to);
                    trace.require(
                            missing.isEmpty() || missing.get().offset() > position.offset(),
                            () ->
                                    name
                                            + " was told it is complete at "
                                            + position
                                            + " but lacks "
                                            + missing);
                    if (position.offset() > held.known.offset()) {
                        held.known = position;
                        held.next = StartFrom.after(position);
                    }
                });
    }

    private void resync(ServerMessage.Resync m) {
        if (m.code() == ErrorCode.TRUNCATED) {
            told(m.to(), m.position().orElseThrow(), m.prev().orElseThrow(), "resync", "", "");
            return;
        }
        Held held = subscriptions.get(m.to());
        String to = asked.remove(m.id());
        if (held == null || (to == null && !held.answered)) {
            return; // told of a subscription that is no longer
        }
        trace.require(
                !(held.next instanceof StartFrom.After after) || log.isLost(after.position()),
                () -> name + " was told to resync though " + held.next + " is good");
        if (!asked.containsValue(m.to())) {
            held.next = StartFrom.snapshot();
            ask(m.to(), held);
        }
    }

    /** Returns whether nothing is missing, as far as this client knows. */
    boolean isComplete() {
        return connection != null
                && subscriptions.values().stream()
                        .allMatch(
                                held ->
                                        held.answered
                                                && !held.inSnapshot
                                                && held.known.equals(log.trueHead()));
    }

    /** Checks that nothing is missing once everything has come to rest. */
    void requireComplete() {
        subscriptions.forEach(
                (to, held) -> {
                    trace.require(
                            held.answered && !held.inSnapshot,
                            () -> name + " has no live subscription to " + to);
                    trace.require(
                            held.known.epoch().equals(log.trueHead().epoch()),
                            () -> name + " is left behind in " + held.known);
                    Optional<History.Expected> missing =
                            history.next(held.known.epoch(), held.known.offset(), to);
                    trace.require(
                            missing.isEmpty(), () -> name + " never got " + missing + " of " + to);
                });
    }

    long notifications() {
        return notifications;
    }
}
