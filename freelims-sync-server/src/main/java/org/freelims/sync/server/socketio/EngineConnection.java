package org.freelims.sync.server.socketio;

import static java.lang.System.Logger.Level.ERROR;
import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.server.tyrus.WebSocketChannel;
import org.freelims.sync.transport.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * One engine session as the layers above hold it, and its transports enter it. Thread-safe; no
 * method blocks.
 */
final class EngineConnection {
    private static final System.Logger LOG = System.getLogger(EngineConnection.class.getName());

    private static final int MESSAGE_OVERHEAD = 256;

    /** What a client said of itself when it opened the session. */
    record Client(String remoteAddress, Optional<String> bearerToken) {
        Client {
            requireNonNull(remoteAddress, "remoteAddress");
            requireNonNull(bearerToken, "bearerToken");
        }
    }

    private final String sid;
    private final String label;
    private final Client client;
    private final Outbound outbound;
    private final Executor workers;
    private final Turns turns;
    private final EngineSession session;
    private final ScheduledExecutorService timers;
    private final Ticker ticker;
    private final AtomicBoolean flushing = new AtomicBoolean();
    private final AtomicBoolean reading = new AtomicBoolean();
    private final AtomicLong receivedBytes = new AtomicLong();
    private final AtomicBoolean flooded = new AtomicBoolean();
    private final long receivedCapBytes;
    private volatile @Nullable WebSocketChannel socket; // written in turns
    private @Nullable Future<?> timer; // confined to turns, like timerAtMs
    private long timerAtMs = Long.MAX_VALUE;

    /**
     * @param sid what gives access to the session: for the client alone
     * @param label what names it in logs
     */
    EngineConnection(
            String sid,
            String label,
            Client client,
            EngineSettings settings,
            Executor workers,
            ScheduledExecutorService timers,
            Ticker ticker) {
        this.sid = sid;
        this.label = label;
        this.client = client;
        this.outbound = new Outbound(settings.answerCapBytes());
        this.receivedCapBytes = settings.receivedCapBytes();
        this.workers = workers;
        this.turns = new Turns(workers);
        this.timers = timers;
        this.ticker = ticker;
        this.session = new EngineSession(settings, ticker, outbound, run -> turn(s -> run.run()));
    }

    String sid() {
        return sid;
    }

    String label() {
        return label;
    }

    Client client() {
        return client;
    }

    /** Runs {@code action} in a turn of the session, maybe before this returns. */
    void turn(Consumer<EngineSession> action) {
        turns.take(
                () -> {
                    try {
                        action.accept(session);
                    } catch (SyncException e) {
                        session.fail(e);
                    } catch (RuntimeException e) {
                        LOG.log(ERROR, "A Socket.IO session failed and is closed", e);
                        session.end(new CloseReason(CloseReason.INTERNAL, "INTERNAL"));
                    }
                    socket = session.socket();
                    wake(session.wakeAtMs());
                });
    }

    /**
     * Does something with a message in a turn. Turns are short, so that hardly ever a message
     * waits; a client of which too much does is closed.
     *
     * @param size how much of memory the message takes, about
     */
    void receive(int size, Consumer<EngineSession> action) {
        if (receivedBytes.addAndGet(size + MESSAGE_OVERHEAD) > receivedCapBytes) {
            receivedBytes.addAndGet(-size - MESSAGE_OVERHEAD);
            if (flooded.compareAndSet(false, true)) {
                end(new CloseReason(CloseReason.POLICY, "the client sends too much at once"));
            }
            return;
        }
        turn(
                session -> {
                    receivedBytes.addAndGet(-size - MESSAGE_OVERHEAD);
                    action.accept(session);
                });
    }

    private void wake(long atMs) {
        if (atMs == Long.MAX_VALUE) {
            cancelTimer();
        } else if (atMs < timerAtMs) {
            cancelTimer();
            timerAtMs = atMs;
            timer =
                    timers.schedule(
                            () -> turn(this::timerFired),
                            Math.max(0, atMs - ticker.millis()),
                            TimeUnit.MILLISECONDS);
        }
    }

    private void timerFired(EngineSession state) {
        timerAtMs = Long.MAX_VALUE;
        state.tick();
    }

    /** Runs {@code action} in a turn after {@code delay}. */
    Future<?> after(Duration delay, Consumer<EngineSession> action) {
        return timers.schedule(() -> turn(action), delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
        timerAtMs = Long.MAX_VALUE;
    }

    /** Claims the one body that may be read at a time; returns whether it was free. */
    boolean claimBody() {
        return reading.compareAndSet(false, true);
    }

    void releaseBody() {
        reading.set(false);
    }

    /**
     * Queues answers to the client before this returns, and sends them soon. A client that lets too
     * many wait is closed.
     */
    void send(List<WirePacket> packets) {
        if (!outbound.answer(packets)) {
            turn(s -> s.end(new CloseReason(CloseReason.POLICY, "the client does not read")));
        }
        flush();
    }

    /** Adds a namespace's outbox to what is sent. */
    void attach(OutboundSource source) {
        outbound.attach(source);
    }

    /** Sends nothing more of a namespace's outbox. */
    void detach(OutboundSource source) {
        outbound.detach(source);
    }

    /** Sends what there is to send, as far as the client takes it now. */
    void flush() {
        WebSocketChannel direct = socket;
        if (direct != null) {
            direct.flush();
        } else if (flushing.compareAndSet(false, true)) {
            // an HTTP response is work that the caller, such as the hub's loop, should not do
            workers.execute(
                    () ->
                            turn(
                                    s -> {
                                        flushing.set(false);
                                        s.flush();
                                    }));
        }
    }

    /** Sends what is left, then closes. */
    void close(CloseReason reason) {
        turn(s -> s.close(reason));
    }

    /** Ends now; what is not sent is lost. */
    void end(CloseReason reason) {
        turn(s -> s.end(reason));
    }
}
