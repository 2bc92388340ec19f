package org.freelims.sync.server.socketio;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.server.tyrus.WebSocketChannel;
import org.freelims.sync.session.MessageRate;
import org.freelims.sync.transport.CloseReason;
import org.jspecify.annotations.Nullable;

/*
 * Invariant: at most one GET waits, and only while the transport is polling; a WebSocket sends data only once it is the
 * transport; after `Closed` nothing waits and nothing is held.
 *
 * Nothing here blocks, starts a thread or reads a clock of its own. Every method runs in a turn of the session, and
 * each begins by judging by the clock whether the client is still alive: a timer that comes late changes nothing.
 */
/**
 * One Engine.IO session: which transport it is on, who waits, whether it lives. A state machine
 * without I/O, confined to the turns of its {@link EngineConnection}.
 */
final class EngineSession {
    private static final WirePacket CLOSE = WirePacket.text("1");
    private static final WirePacket PING = WirePacket.text("2");
    private static final WirePacket NOOP = WirePacket.text("6");
    private static final String PROBE = "probe";

    /** The most bytes that one GET is answered with, unless one packet alone is larger. */
    private static final int POLL_BYTES = 256 * 1024;

    private sealed interface Transport {}

    private enum Plain implements Transport {
        POLLING,
        CLOSED
    }

    /** Polling, and a WebSocket that may take over. */
    private record Upgrading(WebSocketChannel socket, boolean probed, long untilMs)
            implements Transport {}

    private record Socket(WebSocketChannel socket) implements Transport {}

    private record Closing(CloseReason reason, long untilMs) {}

    private final EngineSettings settings;
    private final Ticker ticker;
    private final Outbound outbound;
    private final Executor turns;
    private final MessageRate rate;
    private EngineListener listener = Gone.GONE;
    private Transport transport = Plain.POLLING;
    private @Nullable Poll waiting;
    private @Nullable Closing closing;
    private long aliveAtMs;
    private boolean pinged;
    private long writtenBytes;

    /**
     * @param turns runs what a transport reports later, in a turn of the session
     */
    EngineSession(EngineSettings settings, Ticker ticker, Outbound outbound, Executor turns) {
        this.settings = settings;
        this.ticker = ticker;
        this.outbound = outbound;
        this.turns = turns;
        this.aliveAtMs = ticker.millis();
        this.rate =
                new MessageRate(settings.packetsPerSecond(), settings.packetsAtOnce(), nowNanos());
    }

    private long nowNanos() {
        return TimeUnit.MILLISECONDS.toNanos(ticker.millis());
    }

    /** Says who is told what comes in; before any does. */
    void listener(EngineListener listening) {
        listener = requireNonNull(listening, "listening");
    }

    /** Makes a WebSocket the transport from the start. */
    void startOn(WebSocketChannel socket) {
        transport = new Socket(socket);
        socket.source(outbound);
        socket.flush();
    }

    /** Returns the WebSocket if it is the transport. */
    @Nullable WebSocketChannel socket() {
        return transport instanceof Socket own ? own.socket : null;
    }

    /** A GET came. */
    void poll(Poll poll) {
        if (isOver() || transport instanceof Socket) {
            poll.refuse(EngineError.UNKNOWN_SID);
        } else if (waiting != null) {
            poll.refuse(EngineError.BAD_REQUEST);
            end(new CloseReason(CloseReason.POLICY, "two GETs at once"));
        } else {
            waiting = poll;
            flush();
        }
    }

    /** A GET's client went away before it was answered. */
    void pollBroken(Poll poll) {
        if (waiting == poll) {
            waiting = null;
            end(new CloseReason(CloseReason.BROKEN, "the waiting GET broke off"));
        }
    }

    /** Returns whether a POST may come now; what it carries then goes to {@link #posted}. */
    boolean takesPosts() {
        return !isOver() && !(transport instanceof Socket);
    }

    /** The packets of a POST came; returns whether they were right. */
    boolean posted(List<EnginePacket> packets) {
        if (!takesPosts()) {
            return false;
        }
        try {
            for (EnginePacket packet : packets) {
                if (transport == Plain.CLOSED) {
                    break;
                }
                receive(packet);
            }
        } catch (SyncException e) {
            fail(e);
            return false;
        }
        return true;
    }

    /** The client sent what may not be. */
    void fail(SyncException failure) {
        int code =
                switch (failure.code()) {
                    case MALFORMED -> CloseReason.BAD_DATA;
                    case MESSAGE_TOO_BIG -> CloseReason.TOO_BIG;
                    default -> CloseReason.POLICY;
                };
        end(new CloseReason(code, failure.code().name()));
    }

    /** A WebSocket opened for this session. */
    void socketOpened(WebSocketChannel socket) {
        if (isOver() || transport != Plain.POLLING || closing != null) {
            socket.close(new CloseReason(CloseReason.POLICY, "the session has its WebSocket"));
        } else {
            transport =
                    new Upgrading(
                            socket, false, ticker.millis() + settings.upgradeTimeout().toMillis());
        }
    }

    /** A WebSocket of this session's sent a text. */
    void socketText(WebSocketChannel socket, String text) {
        if (isOver()) {
            return;
        }
        if (transport instanceof Socket own && own.socket == socket) {
            receiveFrom(() -> receive(EngineCodec.decode(text)));
        } else if (transport instanceof Upgrading upgrade && upgrade.socket == socket) {
            upgrade(upgrade, text);
        }
    }

    /** A WebSocket of this session's sent binary data. */
    void socketBinary(WebSocketChannel socket, byte[] data) {
        if (isOver()) {
            return;
        }
        if (transport instanceof Socket own && own.socket == socket) {
            receiveFrom(() -> receive(new EnginePacket.Binary(data)));
        } else if (transport instanceof Upgrading upgrade && upgrade.socket == socket) {
            abandon(upgrade, "a binary message before the upgrade");
        }
    }

    /** A WebSocket of this session's ended. */
    void socketClosed(WebSocketChannel socket, CloseReason reason) {
        if (transport instanceof Upgrading upgrade && upgrade.socket == socket) {
            transport = Plain.POLLING;
        } else if (transport instanceof Socket own && own.socket == socket) {
            end(reason);
        }
    }

    private void receiveFrom(Runnable reading) {
        try {
            reading.run();
        } catch (SyncException e) {
            fail(e);
        }
    }

    private void upgrade(Upgrading upgrade, String text) {
        if (!upgrade.probed && text.equals("2" + PROBE)) {
            transport = new Upgrading(upgrade.socket, true, upgrade.untilMs);
            upgrade.socket.sendText("3" + PROBE);
            flush(); // ends a GET that waits: the client upgrades when it has its answer
        } else if (upgrade.probed && text.equals("5")) {
            transport = new Socket(upgrade.socket);
            answerWaiting(NOOP);
            upgrade.socket.source(outbound);
            flush();
        } else {
            abandon(upgrade, "the upgrade was not as it should be");
        }
    }

    private void abandon(Upgrading upgrade, String why) {
        transport = Plain.POLLING;
        upgrade.socket.close(new CloseReason(CloseReason.POLICY, why));
    }

    private void receive(EnginePacket packet) {
        if (!rate.allows(nowNanos())) {
            throw new SyncException(ErrorCode.RATE_LIMITED, "Too many packets a second.");
        }
        if (packet instanceof EnginePacket.Message message) {
            listener.onText(message.text());
        } else if (packet instanceof EnginePacket.Binary binary) {
            listener.onBinary(binary.data());
        } else if (packet instanceof EnginePacket.Pong) {
            aliveAtMs = ticker.millis();
            pinged = false;
        } else if (packet == EnginePacket.Signal.CLOSE) {
            answerWaiting(NOOP);
            end(new CloseReason(CloseReason.NORMAL, "the client left"));
        } else if (packet instanceof EnginePacket.Ping) {
            throw new SyncException(ErrorCode.MALFORMED, "Pings come from the server.");
        }
    }

    /** Sends what there is to send, as far as the transport takes it. */
    void flush() {
        if (transport instanceof Socket own) {
            own.socket.flush();
        } else if (waiting != null && transport != Plain.CLOSED) {
            PollPayload payload = new PollPayload(POLL_BYTES);
            if (outbound.take(payload)) {
                answerWaiting(payload.bytes(), this::polled);
            } else if (transport instanceof Upgrading upgrade && upgrade.probed) {
                answerWaiting(NOOP);
            }
        }
        finishClosing();
    }

    private void polled() {
        outbound.written();
        flush();
    }

    private void answerWaiting(WirePacket packet) {
        answerWaiting(PollPayload.of(packet), () -> {});
    }

    private void answerWaiting(byte[] payload, Runnable written) {
        Poll poll = waiting;
        if (poll != null) {
            waiting = null;
            poll.answer(
                    payload,
                    () -> turns.execute(written),
                    () -> turns.execute(() -> end(broken("the answer to a GET broke off"))));
        }
    }

    /** Time passed. */
    void tick() {
        if (isOver()) {
            return;
        }
        long now = ticker.millis();
        if (transport instanceof Upgrading upgrade && now >= upgrade.untilMs) {
            abandon(upgrade, "the upgrade took too long");
        }
        if (!pinged && now >= pingAtMs()) {
            pinged = true;
            reads();
            outbound.answer(List.of(PING));
            flush();
        }
    }

    /** Returns when {@link #tick} is to be called, as of the ticker. */
    long wakeAtMs() {
        if (transport == Plain.CLOSED) {
            return Long.MAX_VALUE;
        }
        long wake = pinged ? expiresAtMs() : pingAtMs();
        if (transport instanceof Upgrading upgrade) {
            wake = Math.min(wake, upgrade.untilMs);
        }
        return closing == null ? wake : Math.min(wake, closing.untilMs);
    }

    private long pingAtMs() {
        return aliveAtMs + settings.pingInterval().toMillis();
    }

    private long expiresAtMs() {
        return pingAtMs() + settings.pingTimeout().toMillis();
    }

    /** Returns whether this has ended, which the clock may just have decided. */
    boolean isOver() {
        long now = ticker.millis();
        if (transport != Plain.CLOSED && now >= expiresAtMs()) {
            if (reads()) {
                // the ping is behind what the client has yet to read
                aliveAtMs = now - settings.pingInterval().toMillis();
            } else {
                end(broken("no sign of life for the ping timeout"));
            }
        } else if (closing != null && now >= closing.untilMs) {
            end(closing.reason);
        }
        return transport == Plain.CLOSED;
    }

    /** Whether the client has taken some of what waits for it since this was asked last. */
    private boolean reads() {
        if (!(transport instanceof Socket own)) {
            return false;
        }
        long written = own.socket.writtenBytes();
        boolean more = written != writtenBytes;
        writtenBytes = written;
        return more && own.socket.pendingBytes() > 0;
    }

    /** Sends what is left, then closes. */
    void close(CloseReason reason) {
        if (isOver() || closing != null) {
            return;
        }
        if (transport instanceof Upgrading upgrade) {
            abandon(upgrade, "the session closes");
        }
        closing = new Closing(reason, ticker.millis() + settings.closeTimeout().toMillis());
        if (transport instanceof Socket own) {
            own.socket.close(reason); // writes what is left first; its end is this session's
        }
        flush();
    }

    private void finishClosing() {
        if (closing != null && waiting != null && outbound.isIdle()) {
            end(closing.reason);
        }
    }

    /** Ends now: what is not sent is lost. */
    void end(CloseReason reason) {
        Transport last = transport;
        if (last == Plain.CLOSED) {
            return;
        }
        transport = Plain.CLOSED;
        answerWaiting(CLOSE);
        outbound.end();
        if (last instanceof Socket own) {
            hangUp(own.socket, reason);
        } else if (last instanceof Upgrading upgrade) {
            hangUp(upgrade.socket, reason);
        }
        listener.onClosed(reason);
        listener = Gone.GONE; // what the layers above hold is free at once
    }

    private static void hangUp(WebSocketChannel socket, CloseReason reason) {
        if (reason.code() == CloseReason.BROKEN) {
            socket.terminate();
        } else {
            socket.close(reason);
        }
    }

    private static CloseReason broken(String why) {
        return new CloseReason(CloseReason.BROKEN, why);
    }

    private enum Gone implements EngineListener {
        GONE;

        @Override
        public void onText(String text) {}

        @Override
        public void onBinary(byte[] data) {}

        @Override
        public void onClosed(CloseReason reason) {}
    }
}
