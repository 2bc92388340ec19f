package org.freelims.sync.server.websocket;

import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.Connection;
import org.freelims.sync.transport.ConnectionListener;
import org.freelims.sync.transport.Frame;
import org.freelims.sync.transport.FrameEncoding;
import org.freelims.sync.transport.Outbox;
import org.freelims.sync.transport.SerialExecutor;
import org.jspecify.annotations.Nullable;

/*
 * Invariant: one send is in flight at a time, so a slow client has at most one message in the container's hands and the
 * rest in the outbox, whose cap holds. Outbox.take() returns nothing while a send is in flight, which makes whoever
 * gets a frame the sender.
 *
 * A container may complete a send on the thread that began it, before sendText returns, or on another. `sending` tells
 * the two apart, so that a fast client's queue is emptied by a loop and not by ever deeper calls.
 */
/** A connection over what every Jakarta container has. Thread-safe. */
final class JakartaConnection implements Connection {
    private static final Logger LOG = System.getLogger(JakartaConnection.class.getName());
    private static final FrameEncoding<String> TEXT =
            frame -> new String(frame.payload(), StandardCharsets.UTF_8);

    /** How long a client has to take what was written. */
    private static final int CLOSE_SECONDS = 5;

    private final Session session;
    private final Outbox outbox;
    private final RemoteEndpoint.Async remote;
    private final AtomicBoolean drainedOwed = new AtomicBoolean();
    private final SerialExecutor calls = new SerialExecutor(Runnable::run);
    private volatile @Nullable ConnectionListener listener;

    private boolean over; // confined to calls

    // guarded by this
    private @Nullable CloseReason closing;
    private boolean closeSent;
    private boolean terminated;

    JakartaConnection(Session session, long outboxBytes) {
        this.session = session;
        this.outbox = new Outbox(outboxBytes);
        this.remote = session.getAsyncRemote();
    }

    void listener(ConnectionListener toTell) {
        listener = toTell;
        tellDrained();
    }

    void text(String text) {
        calls.execute(
                () -> {
                    ConnectionListener toTell = listener;
                    if (toTell != null && !over) {
                        toTell.onText(text);
                    }
                });
    }

    void closed(jakarta.websocket.CloseReason reason) {
        outbox.end();
        calls.execute(
                () -> {
                    ConnectionListener toTell = listener;
                    if (toTell != null && !over) {
                        over = true;
                        toTell.onClosed(ending(reason));
                    }
                });
    }

    private synchronized CloseReason ending(jakarta.websocket.CloseReason reason) {
        if (closing != null) {
            return closing;
        }
        return terminated
                ? new CloseReason(CloseReason.BROKEN, "cut")
                : new CloseReason(
                        reason.getCloseCode().getCode(),
                        Optional.ofNullable(reason.getReasonPhrase()).orElse(""));
    }

    @Override
    public String id() {
        return session.getId();
    }

    /** Returns empty text: Jakarta's API does not tell. */
    @Override
    public String remoteAddress() {
        return "";
    }

    @Override
    public boolean offer(Frame frame) {
        return outbox.offer(frame);
    }

    @Override
    public void flush() {
        List<Frame> next = new ArrayList<>(1);
        while (outbox.take(1, next) > 0) {
            AtomicBoolean sending = new AtomicBoolean(true);
            try {
                remote.sendText(next.get(0).encoded(TEXT), result -> sent(result, sending));
            } catch (RuntimeException e) {
                // the session is closed, or the container took it for that: there is no more to
                // send
                LOG.log(Level.DEBUG, "A message could not be sent.", e);
                terminate();
                return;
            }
            next.clear();
            if (sending.compareAndSet(true, false)) {
                return; // it goes on in sent()
            }
        }
        closeIfWritten();
    }

    private void sent(SendResult result, AtomicBoolean sending) {
        if (!result.isOK()) {
            LOG.log(Level.DEBUG, "A message could not be sent.", result.getException());
            terminate();
            return;
        }
        outbox.written();
        if (outbox.pollDrained()) {
            drainedOwed.set(true);
            tellDrained();
        }
        if (!sending.compareAndSet(true, false)) {
            flush();
        }
    }

    private void tellDrained() {
        ConnectionListener toTell = listener;
        if (toTell != null && drainedOwed.getAndSet(false)) {
            toTell.onDrained();
        }
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
        if (outbox.pollDrained()) {
            drainedOwed.set(true);
            tellDrained();
        }
    }

    @Override
    public void close(CloseReason reason) {
        synchronized (this) {
            if (closing != null) {
                return;
            }
            closing = reason;
        }
        CompletableFuture.delayedExecutor(CLOSE_SECONDS, TimeUnit.SECONDS).execute(this::terminate);
        flush();
    }

    private void closeIfWritten() {
        CloseReason reason;
        synchronized (this) {
            if (closing == null || closeSent || outbox.pendingBytes() > 0) {
                return;
            }
            closeSent = true;
            reason = closing;
        }
        close(
                new jakarta.websocket.CloseReason(
                        jakarta.websocket.CloseReason.CloseCodes.getCloseCode(reason.code()),
                        reason.text()));
    }

    @Override
    public void terminate() {
        synchronized (this) {
            if (terminated) {
                return;
            }
            terminated = true;
        }
        outbox.end();
        close(
                new jakarta.websocket.CloseReason(
                        jakarta.websocket.CloseReason.CloseCodes.GOING_AWAY, "cut"));
        closed(
                new jakarta.websocket.CloseReason(
                        jakarta.websocket.CloseReason.CloseCodes.CLOSED_ABNORMALLY, "cut"));
    }

    private void close(jakarta.websocket.CloseReason reason) {
        try {
            session.close(reason);
        } catch (IOException | IllegalStateException e) {
            LOG.log(Level.DEBUG, "A session was closed already.", e);
        }
    }
}
