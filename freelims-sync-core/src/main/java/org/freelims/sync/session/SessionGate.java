package org.freelims.sync.session;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
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
    private final Node node;
    private final Session session;
    private final AtomicInteger queued = new AtomicInteger();
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
                            : MessageCodec.decodeClient(text));
        }
    }

    @Override
    public void onMessage(ClientMessage message) {
        if (admits()) {
            queue(message);
        }
    }

    private boolean admits() {
        if (!refused && !rate.allows(node.scheduler().nanoTime())) {
            refuse("too many messages a second");
        }
        return !refused;
    }

    private void queue(ClientMessage message) {
        if (queued.incrementAndGet() > node.limits().maxQueuedMessages()) {
            refuse("too many messages at once");
            return;
        }
        node.loop()
                .execute(
                        () -> {
                            queued.decrementAndGet();
                            session.handle(message);
                        });
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
