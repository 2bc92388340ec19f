package org.freelims.sync.simulation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.simulation.SimulatedRights.Sight;
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
        Position rowsAt = known;
        Map<String, String> rows = new TreeMap<>();

        /** Whether {@code rows} are all that there are: it started with a snapshot. */
        boolean knowsRows;

        /**
         * Whether some of {@code rows} may be of rights that were others already when the server
         * asked for them: it had not answered yet, so it can't tell what is no longer to be seen.
         */
        boolean mixesRights;

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
    private @Nullable SimulatedNode node;
    private int incarnation;
    private long bytesToCut = Long.MAX_VALUE;
    private long nextId;
    private long notifications;
    private long snapshotsGoneOnWith;
    private long withdrawn;
    private long forbidden;
    private boolean justForbidden;

    /** What it may see; before other rights have reached every node, what it might still. */
    private List<Sight> sights = List.of(Sight.ALL);

    /** Whether its rights were others when it was last known to have been told of all. */
    private boolean rightsChanged;

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
                if (mine == incarnation && arrives(text)) {
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

    /** A message of which the last byte does not come does not come at all. */
    private boolean arrives(String text) {
        bytesToCut -= text.length();
        if (bytesToCut > 0) {
            return true;
        }
        lose("amid a message");
        return false;
    }

    /** Loses the connection after so many more bytes, wherever that falls. */
    void cutAfter(long bytes) {
        if (connection != null) {
            trace.add(() -> name + " will lose its connection in " + bytes + " bytes");
            bytesToCut = bytes;
        }
    }

    /** The connection breaks, and both ends come to know of it. */
    void lose(String how) {
        InMemoryConnection broken = connection;
        if (broken != null) {
            vanish(how);
            broken.disconnect(new CloseReason(CloseReason.BROKEN, "cut"));
        }
    }

    /** The connection breaks, and the server is not told: to it the client just reads nothing. */
    void vanish(String how) {
        InMemoryConnection broken = connection;
        if (broken != null) {
            trace.add(() -> name + " loses its connection " + how);
            broken.pause();
            incarnation++;
            connection = null;
        }
    }

    void pause() {
        connection().ifPresent(c -> trace.add(() -> name + " reads nothing"));
        connection().ifPresent(InMemoryConnection::pause);
    }

    void resume() {
        connection().ifPresent(c -> trace.add(() -> name + " reads"));
        connection().ifPresent(InMemoryConnection::resume);
    }

    /** The node has ended without a word: the connection breaks if it was to that node. */
    void left(SimulatedNode ended, String how) {
        if (node == ended) {
            vanish(how);
        }
    }

    String name() {
        return name;
    }

    /** It may see something else now; the nodes find out by and by. */
    void mayOnlySee(Sight now) {
        trace.add(() -> name + " may see " + now);
        List<Sight> more = new ArrayList<>(sights);
        more.add(now);
        sights = more;
        rightsChanged = true;
        subscriptions.values().forEach(held -> held.mixesRights |= !held.answered);
    }

    /** All nodes know its rights by now, and it has been told what they mean to it. */
    void knowsItsRights() {
        Sight now = sights.get(sights.size() - 1);
        sights = List.of(now);
        rightsChanged = false;
        subscriptions
                .keySet()
                .forEach(
                        to ->
                                trace.require(
                                        to.equals("*") || now.allows(History.resourceOf(to)),
                                        () -> name + " still has " + to + " but may see " + now));
    }

    void connected(SimulatedNode server, InMemoryConnection open) {
        trace.add(() -> name + " connects as " + open.id());
        if (rightsChanged) {
            // rule 11: it finds out by a snapshot what they mean to it
            subscriptions.values().forEach(held -> held.next = StartFrom.snapshot());
            sights = List.of(sights.get(sights.size() - 1));
            rightsChanged = false;
        }
        node = server;
        connection = open;
        bytesToCut = Long.MAX_VALUE;
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
            take(m);
        } else if (message instanceof ServerMessage.Left m) {
            if (m.position().isPresent()) {
                told(m.to(), m.position().get(), m.prev().orElseThrow(), "left", m.id(), "");
                forget(m);
            } else {
                withdrawn(m);
            }
        } else if (message instanceof ServerMessage.SnapshotPage m) {
            page(m);
        } else if (message instanceof ServerMessage.Heartbeat m) {
            heartbeat(m.position());
        } else if (message instanceof ServerMessage.Resync m) {
            resync(m);
        } else if (message instanceof ServerMessage.Failed m) {
            failed(m);
        } else if (message instanceof ServerMessage.Unsubscribed m) {
            asked.remove(m.id());
            if (m.id() == ClientMessage.NO_ID) {
                ended(m.to());
            }
        }
    }

    private void take(ServerMessage.Notification m) {
        live(m.to())
                .ifPresent(
                        held -> {
                            String key = m.resource() + '/' + m.id();
                            if (m.action() == Action.DELETE) {
                                held.rows.remove(key);
                            } else {
                                held.rows.put(key, m.data());
                            }
                        });
    }

    private void forget(ServerMessage.Left m) {
        live(m.to()).ifPresent(held -> held.rows.remove(m.resource() + '/' + m.id()));
    }

    /** A row left not because it changed but because this client's rights did. */
    private void withdrawn(ServerMessage.Left m) {
        withdrawn++;
        trace.require(sights.size() > 1, () -> name + " lost " + m + " but no rights");
        forget(m);
    }

    /** The server could not go on with it, for now or by the client's rights. */
    private void ended(String to) {
        if (justForbidden) {
            justForbidden = false;
            subscriptions.remove(to);
            return;
        }
        Held held = subscriptions.get(to);
        if (held != null && !asked.containsValue(to)) {
            ask(to, held);
        }
    }

    private void failed(ServerMessage.Failed m) {
        String to = asked.remove(m.id());
        if (m.code() == ErrorCode.FORBIDDEN) {
            forbidden++;
            justForbidden = to == null;
            trace.require(
                    sights.stream().anyMatch(s -> !s.equals(Sight.ALL)),
                    () -> name + " was refused what it may see");
            if (to != null) {
                requireForbidden(to);
                subscriptions.remove(to);
            }
            return;
        }
        trace.require(
                m.code() == ErrorCode.UNAVAILABLE, () -> name + " was refused with " + m.code());
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
        boolean goesOn = m.next().isPresent();
        trace.require(
                !goesOn
                        || (held.next instanceof StartFrom.SnapshotBehind behind
                                && m.next().equals(Optional.of(behind.next()))
                                && m.position().equals(held.rowsAt)),
                () -> name + " is to go on behind " + m.next() + " but asked for " + held.next);
        held.inSnapshot =
                !(held.next instanceof StartFrom.After || held.next instanceof StartFrom.Now);
        if (goesOn) {
            snapshotsGoneOnWith++;
        } else if (held.inSnapshot) {
            held.rows.clear();
        }
        held.knowsRows |= held.inSnapshot;
        held.mixesRights &= goesOn || !held.inSnapshot;
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
        List<History.Expected> expected = missing(position, held, to);
        trace.require(
                expected.stream()
                        .anyMatch(
                                e ->
                                        e.offset() == position.offset()
                                                && e.kind().equals(kind)
                                                && e.id().equals(id)
                                                && e.data().equals(data)),
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

    /** What comes next behind what is known, by each of the views that the server may go by. */
    private List<History.Expected> missing(Position upTo, Held held, String to) {
        return sights.stream()
                .map(sight -> history.next(upTo.epoch(), held.known.offset(), to, sight))
                .flatMap(Optional::stream)
                .toList();
    }

    /** Whether by one of those views there is nothing behind what is known up to there. */
    private boolean mayBeComplete(Position upTo, Held held, String to) {
        return sights.stream()
                .map(sight -> history.next(upTo.epoch(), held.known.offset(), to, sight))
                .anyMatch(next -> next.isEmpty() || next.get().offset() > upTo.offset());
    }

    private boolean areTheRows(Held held, Position at, String to) {
        return sights.stream()
                .anyMatch(
                        sight ->
                                held.rows.equals(history.rows(at.epoch(), at.offset(), to, sight)));
    }

    private void requireForbidden(String to) {
        trace.require(
                sights.stream().anyMatch(s -> !s.allows(History.resourceOf(to))),
                () -> name + " was refused " + to + ", which it may see");
    }

    private void page(ServerMessage.SnapshotPage m) {
        Optional<Held> maybe = live(m.to());
        if (maybe.isEmpty()) {
            return;
        }
        Held held = maybe.get();
        trace.require(held.inSnapshot, () -> name + " got an unasked snapshot page of " + m.to());
        held.rowsAt = m.position();
        held.next = m.next().map(StartFrom::snapshotBehind).orElse(StartFrom.snapshot());
        for (String row : m.rows()) {
            String id = row.substring(row.indexOf(':') + 1, row.indexOf(','));
            trace.require(
                    held.rows.put(m.resource() + '/' + id, row) == null,
                    () -> name + " got a row twice in a snapshot");
        }
        if (m.last()) {
            held.inSnapshot = false;
            trace.require(
                    held.mixesRights || areTheRows(held, m.position(), m.to()),
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
                    trace.require(
                            mayBeComplete(position, held, to),
                            () ->
                                    name
                                            + " was told it is complete at "
                                            + position
                                            + " but lacks "
                                            + missing(position, held, to));
                    if (position.offset() > held.known.offset()) {
                        held.known = position;
                        held.next = StartFrom.after(position);
                    }
                });
    }

    private void resync(ServerMessage.Resync m) {
        if (m.code() == ErrorCode.TRUNCATED) {
            told(m.to(), m.position().orElseThrow(), m.prev().orElseThrow(), "resync", "", "");
            String gone = m.resource().orElseThrow() + '/';
            live(m.to()).ifPresent(h -> h.rows.keySet().removeIf(key -> key.startsWith(gone)));
            return;
        }
        Held held = subscriptions.get(m.to());
        String to = asked.remove(m.id());
        if (held == null || (to == null && !held.answered)) {
            return; // told of a subscription that is no longer
        }
        trace.require(
                rightsChanged
                        || !(held.next instanceof StartFrom.After after)
                        || log.isLost(after.position()),
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

    /** Returns the subscriptions that are live now. */
    List<String> live() {
        return subscriptions.entrySet().stream()
                .filter(e -> e.getValue().answered && !e.getValue().inSnapshot)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Checks that all changes of these subscriptions up to this position have come by now. */
    void requireToldOf(List<String> live, Position upTo) {
        for (String to : live) {
            Held held = subscriptions.get(to);
            if (held == null || !held.known.epoch().equals(upTo.epoch())) {
                continue;
            }
            trace.require(
                    mayBeComplete(upTo, held, to),
                    () -> name + " is late: it waits for " + missing(upTo, held, to) + " of " + to);
        }
    }

    /** Checks that it knows of everything, and knows that it does, once all has come to rest. */
    void requireComplete() {
        trace.require(connection != null, () -> name + " can't connect");
        subscriptions.forEach(
                (to, held) -> {
                    trace.require(
                            held.answered && !held.inSnapshot,
                            () -> name + " has no live subscription to " + to);
                    trace.require(
                            held.known.equals(log.trueHead()),
                            () ->
                                    name
                                            + " knows of "
                                            + to
                                            + " only up to "
                                            + held.known
                                            + ", and the log goes to "
                                            + log.trueHead());
                    trace.require(
                            !held.knowsRows || held.mixesRights || areTheRows(held, held.known, to),
                            () -> name + " holds the wrong rows of " + to + ": " + held.rows);
                });
    }

    long notifications() {
        return notifications;
    }

    /** Returns how many rows left because its rights changed. */
    long withdrawn() {
        return withdrawn;
    }

    /** Returns how often it was refused what it may not see. */
    long forbidden() {
        return forbidden;
    }

    /** Returns how many snapshots that had broken off it was given the rest of. */
    long snapshotsGoneOnWith() {
        return snapshotsGoneOnWith;
    }
}
