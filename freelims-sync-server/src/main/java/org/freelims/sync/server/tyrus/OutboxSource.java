package org.freelims.sync.server.tyrus;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import org.freelims.sync.transport.Frame;
import org.freelims.sync.transport.FrameEncoding;
import org.freelims.sync.transport.Outbox;

/** The frames of an {@link Outbox}, each as one encoding puts it on the wire. */
public final class OutboxSource implements WireSource {
    private final Outbox outbox;
    private final FrameEncoding<byte[]> encoding;
    private final Runnable onDrained;
    private final List<Frame> taken = new ArrayList<>(1); // confined to the channel's writer

    /**
     * @param encoding gives whole WebSocket frames, one or more, or no bytes for a frame that is
     *     not for this client; one instance for all channels, as it is a key of {@link
     *     Frame#encoded}
     * @param onDrained called when a request of {@link Outbox#requestDrained} is met
     */
    public OutboxSource(Outbox outbox, FrameEncoding<byte[]> encoding, Runnable onDrained) {
        this.outbox = requireNonNull(outbox, "outbox");
        this.encoding = requireNonNull(encoding, "encoding");
        this.onDrained = requireNonNull(onDrained, "onDrained");
    }

    @Override
    public boolean take(Batch batch) {
        if (outbox.take(batch.room(), taken) == 0) {
            return false;
        }
        for (Frame frame : taken) {
            batch.add(frame.encoded(encoding));
        }
        taken.clear();
        return true;
    }

    @Override
    public void written() {
        outbox.written();
        if (outbox.pollDrained()) {
            onDrained.run();
        }
    }
}
