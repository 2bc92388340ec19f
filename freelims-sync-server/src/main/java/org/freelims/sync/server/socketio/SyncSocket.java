package org.freelims.sync.server.socketio;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.Principal;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.Connection;
import org.freelims.sync.transport.ConnectionListener;
import org.freelims.sync.transport.Frame;
import org.freelims.sync.transport.Outbox;
import org.jspecify.annotations.Nullable;

/*
 * Invariant: the hub's frames reach the client in the order offered, whichever transport its session is on; a frame taken
 * from the outbox is encoded in that order too, answers included, because an answer says what the frames after it belong
 * to.
 *
 * The outbox guards itself; `taken` belongs to whoever takes, which the session's Outbound lets be one at a time. The
 * hub may flush and ask to be told of a drain before it has returned its listener: that call then waits for the turn in
 * which it does.
 */
/** One client in one namespace, as the hub's connection. Thread-safe. */
final class SyncSocket implements Connection, OutboundSource, SocketApplication.Listener {
    private static final int ANSWERS_CAP = 4;

    /** An answer can be an event and an acknowledgement. */
    private static final int PACKETS_A_FRAME = 2;

    private final SocketConnection socket;
    private final EventEncoding encoding;
    private final Outbox outbox;
    private final long answersCapBytes;
    private final SyncEvents events;
    private final List<Frame> taken = new ArrayList<>(1);
    private volatile @Nullable ConnectionListener hub;
    private volatile boolean comesBack = true;
    private volatile boolean expelling;

    private SyncSocket(SocketConnection socket, EventEncoding encoding, long capBytes) {
        this.socket = socket;
        this.encoding = encoding;
        this.outbox = new Outbox(capBytes);
        this.answersCapBytes = ANSWERS_CAP * capBytes;
        this.events = new SyncEvents(socket, encoding);
    }

    /** Hands a client that has just joined to the hub; called in a turn of its session. */
    static SyncSocket open(
            SyncHub hub,
            Optional<Principal> principal,
            SocketConnection socket,
            EventEncoding encoding,
            long capBytes) {
        SyncSocket connection = new SyncSocket(socket, encoding, capBytes);
        socket.session().attach(connection);
        connection.hub = hub.open(connection, principal);
        return connection;
    }

    @Override
    public void onEvent(SocketPacket.Event event) {
        events.receive(event, requireNonNull(hub)::onMessage);
    }

    @Override
    public void onClosed(CloseReason reason) {
        socket.session().detach(this);
        outbox.end();
        events.end();
        requireNonNull(hub).onClosed(reason);
    }

    @Override
    public String id() {
        return socket.id();
    }

    @Override
    public String remoteAddress() {
        return socket.session().client().remoteAddress();
    }

    @Override
    public boolean offer(Frame frame) {
        if (frame.kind() == Frame.Kind.HEARTBEAT && !events.wantsHeartbeats()) {
            return true; // nobody listens for it, and Engine.IO has pings of its own
        }
        if (frame.message().orElse(null) instanceof ServerMessage.Closing closing) {
            comesBack = closing.reconnect();
        }
        if (frame.kind() == Frame.Kind.ANSWER && outbox.pendingBytes() > answersCapBytes) {
            socket.session()
                    .end(new CloseReason(CloseReason.POLICY, "the client asks but does not read"));
        }
        return outbox.offer(frame);
    }

    @Override
    public void flush() {
        socket.session().flush();
    }

    @Override
    public long pendingBytes() {
        return outbox.pendingBytes();
    }

    @Override
    public long writtenBytes() {
        return outbox.writtenBytes();
    }

    @Override
    public List<Frame> dropPending() {
        return outbox.dropPending();
    }

    @Override
    public void requestDrained(long belowBytes) {
        outbox.requestDrained(belowBytes);
        tellDrained();
    }

    private void tellDrained() {
        ConnectionListener listener = hub;
        if (listener == null) {
            socket.session().turn(unused -> tellDrained());
        } else if (outbox.pollDrained()) {
            listener.onDrained();
        }
    }

    /**
     * As {@link Connection#close}: by the end of the session, after which clients connect again by
     * themselves; or, where that would be of no use, by a DISCONNECT, after which they do not.
     */
    @Override
    public void close(CloseReason reason) {
        if (comesBack) {
            socket.closeSession(reason);
        } else {
            expelling = true;
            flush();
        }
    }

    @Override
    public void terminate() {
        socket.session().end(new CloseReason(CloseReason.BROKEN, "the client takes nothing"));
    }

    @Override
    public void take(Sink sink) {
        boolean added = false;
        while (!added && mayTake(sink) && outbox.take(firstBytes(sink), taken) > 0) {
            do {
                for (Frame frame : taken) {
                    added |= add(frame, sink);
                }
                taken.clear();
            } while (counts(sink) && mayTake(sink) && outbox.takeAlso(sink.room(), taken));
            if (!added) {
                outbox.written(); // it was all for others to know
            }
        }
        if (!added && expelling && outbox.pendingBytes() == 0) {
            socket.disconnect();
        }
    }

    private static boolean mayTake(Sink sink) {
        return sink.room() > 0 && sink.packets() >= PACKETS_A_FRAME;
    }

    private static boolean counts(Sink sink) {
        return sink.packets() != Sink.ANY_NUMBER;
    }

    /** All that there is room for; or, where packets are counted, one frame after the other. */
    private static int firstBytes(Sink sink) {
        return counts(sink) ? 1 : sink.room();
    }

    private boolean add(Frame frame, Sink sink) {
        Optional<ServerMessage> message = frame.message();
        if (message.isEmpty() || frame.kind() == Frame.Kind.SNAPSHOT) {
            sink.add(frame.encoded(encoding));
            return true;
        }
        List<WirePacket> packets = events.answer(message.get(), frame);
        packets.forEach(sink::add);
        return !packets.isEmpty();
    }

    @Override
    public void written() {
        outbox.written();
        tellDrained();
    }

    @Override
    public boolean hasMore() {
        return outbox.pendingBytes() > 0;
    }
}
