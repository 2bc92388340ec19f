package org.freelims.sync.client.transport;

import static java.util.Objects.requireNonNull;

import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.transport.CloseReason;
import org.glassfish.tyrus.spi.Writer;
import org.jspecify.annotations.Nullable;

/*
 * Grizzly reads a connection on one worker at a time and reads no further until that worker returns. So the worker that
 * brings a message nobody has requested yet waits: that is what stops the reading. `demand` and `ended` are guarded by
 * the lock; nothing is called while it is held.
 */
/** A connection on Tyrus. */
final class TyrusConnection extends Endpoint implements ClientConnection {
    private final ClientConnectionListener listener;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long demand;
    private boolean ended;
    private volatile @Nullable Session session;
    private volatile @Nullable Writer writer;
    private volatile @Nullable Refusal refusal;

    /** An HTTP answer that opened no WebSocket. */
    record Refusal(int status, Optional<String> location) {}

    TyrusConnection(ClientConnectionListener listener) {
        this.listener = listener;
    }

    void onResponse(int status, @Nullable String location) {
        if (status != 101) {
            refusal = new Refusal(status, Optional.ofNullable(location));
        }
    }

    void onWriter(Writer opened) {
        writer = opened;
    }

    void onBytes() {
        listener.onAlive();
    }

    Optional<Refusal> refusal() {
        return Optional.ofNullable(refusal);
    }

    boolean isSync() {
        String chosen = session().getNegotiatedSubprotocol();
        return chosen == null || chosen.isEmpty() || chosen.equals(MessageCodec.SUBPROTOCOL);
    }

    private Session session() {
        return requireNonNull(session, "open");
    }

    @Override
    public void onOpen(Session open, EndpointConfig config) {
        session = open;
        open.setMaxIdleTimeout(0);
        open.setMaxTextMessageBufferSize(CloseReasons.MAX_MESSAGE_CHARS);
        open.addMessageHandler(String.class, (MessageHandler.Whole<String>) this::onMessage);
    }

    private void onMessage(String text) {
        if (awaitDemand()) {
            listener.onText(text);
        }
    }

    private boolean awaitDemand() {
        lock.lock();
        try {
            while (demand == 0 && !ended) {
                changed.awaitUninterruptibly();
            }
            if (demand < Long.MAX_VALUE) {
                demand--;
            }
            return !ended;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onClose(Session closed, jakarta.websocket.CloseReason reason) {
        String text = reason.getReasonPhrase();
        end(CloseReasons.of(reason.getCloseCode().getCode(), text == null ? "" : text));
    }

    @Override
    public void onError(Session failed, Throwable failure) {
        drop();
        end(CloseReasons.broken(failure));
    }

    private void end(CloseReason reason) {
        if (markEnded()) {
            listener.onClosed(reason);
        }
    }

    private boolean markEnded() {
        lock.lock();
        try {
            boolean first = !ended;
            ended = true;
            changed.signalAll();
            return first;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void request(int messages) {
        if (messages < 1) {
            throw new IllegalArgumentException("messages must be >= 1 but was " + messages);
        }
        allow(messages);
    }

    private void allow(long messages) {
        lock.lock();
        try {
            demand = messages > Long.MAX_VALUE - demand ? Long.MAX_VALUE : demand + messages;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void send(String text) {
        if (session().isOpen()) {
            try {
                session().getAsyncRemote().sendText(text, this::onSent);
            } catch (IllegalStateException e) {
                // closed since; onClose tells why
                drop();
            }
        }
    }

    private void onSent(SendResult result) {
        if (!result.isOK()) {
            drop();
            end(CloseReasons.broken(result.getException()));
        }
    }

    @Override
    public void close(CloseReason reason) {
        // the server's answer is read even if the client has stopped asking for messages
        allow(Long.MAX_VALUE);
        try {
            session()
                    .close(
                            new jakarta.websocket.CloseReason(
                                    CloseCodes.getCloseCode(reason.code()), reason.text()));
        } catch (IOException | IllegalStateException e) {
            drop();
            end(CloseReasons.broken(e));
        }
    }

    @Override
    public void abort() {
        markEnded();
        drop();
    }

    private void drop() {
        Writer open = writer;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                System.getLogger(TyrusConnection.class.getName())
                        .log(System.Logger.Level.DEBUG, "closing a broken connection", e);
            }
        }
    }
}
