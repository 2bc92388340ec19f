package org.freelims.sync.server.tyrus;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.Connection;
import org.freelims.sync.transport.ConnectionListener;
import org.freelims.sync.transport.Frame;
import org.freelims.sync.transport.Outbox;
import org.jspecify.annotations.Nullable;

/** The sync protocol over one channel: an outbox before it, a listener behind it. Thread-safe. */
final class TyrusConnection implements Connection, WebSocketHandler {
    private final WebSocketChannel channel;
    private final Outbox outbox;
    private final AtomicBoolean drainedOwed = new AtomicBoolean();
    private volatile @Nullable ConnectionListener listener;

    TyrusConnection(WebSocketChannel channel, long outboxBytes) {
        this.channel = channel;
        this.outbox = new Outbox(outboxBytes);
        channel.source(new OutboxSource(outbox, WireFrames.JSON, this::drained));
    }

    /** Says who is told; once, before the client is read. */
    void listener(ConnectionListener told) {
        listener = told;
        if (drainedOwed.getAndSet(false)) {
            told.onDrained();
        }
    }

    private void drained() {
        drainedOwed.set(true);
        ConnectionListener told = listener;
        if (told != null && drainedOwed.getAndSet(false)) {
            told.onDrained();
        }
    }

    private ConnectionListener told() {
        ConnectionListener told = listener;
        if (told == null) {
            throw new IllegalStateException("the client is read before somebody listens");
        }
        return told;
    }

    @Override
    public String id() {
        return channel.id();
    }

    @Override
    public String remoteAddress() {
        return channel.remoteAddress();
    }

    @Override
    public boolean offer(Frame frame) {
        return outbox.offer(frame);
    }

    @Override
    public void flush() {
        channel.flush();
    }

    @Override
    public long pendingBytes() {
        return outbox.pendingBytes();
    }

    @Override
    public long writtenBytes() {
        return channel.writtenBytes();
    }

    @Override
    public List<Frame> dropPending() {
        return outbox.dropPending();
    }

    @Override
    public void requestDrained(long belowBytes) {
        outbox.requestDrained(belowBytes);
        if (outbox.pollDrained()) {
            drained();
        }
    }

    @Override
    public void close(CloseReason reason) {
        channel.close(reason);
    }

    @Override
    public void terminate() {
        channel.terminate();
    }

    @Override
    public void onText(String text) {
        told().onText(text);
    }

    @Override
    public void onBinary(byte[] data) {
        channel.close(new CloseReason(1003, "the protocol is JSON text"));
    }

    @Override
    public void onClosed(CloseReason reason) {
        outbox.end();
        told().onClosed(reason);
    }
}
