package org.freelims.sync.session;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.ConnectionListener;

/**
 * Where a transport's calls turn into tasks of the hub's loop. Messages are read on the transport's
 * thread, so that hostile JSON costs the loop nothing, and only so many may wait. Thread-safe.
 */
final class SessionGate implements ConnectionListener {
    /** What a message takes besides its text, about. */
    private static final int MESSAGE_BYTES = 1024;

    private final Node node;
    private final Session session;
    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final MessageRate rate; // confined to the transport's calls, as is `refused`
    private boolean refused;

    SessionGate(Node node, Session session) {
        this.node = node;
        this.session = session;
        this.rate =
                new MessageRate(
                        node.limits().messagesPerSecond(),
                        node.limits().messagesAtOnce(),
                        node.scheduler().nanoTime());
    }

    @Override
    public void onText(String text) {
        if (admits()) {
            // no character takes less than one byte
            boolean tooBig = text.length() > node.limits().maxMessageBytes();
            queue(
                    tooBig
                            ? new ClientMessage.Unreadable(
                                    ClientMessage.NO_ID,
                                    ErrorCode.MESSAGE_TOO_BIG,
                                    "A message may have "
                                            + node.limits().maxMessageBytes()
                                            + " bytes at most.")
                            : MessageCodec.decodeClient(text),
                    MESSAGE_BYTES + text.length());
        }
    }

    @Override
    public void onMessage(ClientMessage message) {
        if (admits()) {
            queue(message, MESSAGE_BYTES);
        }
    }

    private boolean admits() {
        if (!refused && !rate.allows(node.scheduler().nanoTime())) {
            refuse("too many messages a second");
        }
        return !refused;
    }

    private void queue(ClientMessage message, int bytes) {
        if (queued.incrementAndGet() > node.limits().maxQueuedMessages()
                || queuedBytes.addAndGet(bytes) > node.limits().maxQueuedBytes()) {
            refuse("too many messages at once");
            return;
        }
        Runnable taken =
                () -> {
                    queued.decrementAndGet();
                    queuedBytes.addAndGet(-bytes);
                };
        node.loop().execute(() -> session.handle(message, taken));
    }

    private void refuse(String why) {
        refused = true;
        node.loop().execute(() -> session.close(ErrorCode.RATE_LIMITED, CloseReason.POLICY, why));
    }

    @Override
    public void onDrained() {
        node.loop().execute(session::drained);
    }

    @Override
    public void onClosed(CloseReason reason) {
        node.loop().execute(() -> session.release(Optional.empty(), reason));
    }
}
