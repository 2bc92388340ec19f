package org.freelims.sync.transport;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.freelims.sync.protocol.ClientMessage;

/** Remembers what a transport told of a connection. Thread-safe. */
public final class RecordingListener implements ConnectionListener {
    private final List<String> texts = new CopyOnWriteArrayList<>();
    private final List<CloseReason> closed = new CopyOnWriteArrayList<>();
    private final AtomicInteger drained = new AtomicInteger();

    @Override
    public void onText(String text) {
        if (!closed.isEmpty()) {
            throw new AssertionError("told of a text after the end");
        }
        texts.add(text);
    }

    @Override
    public void onMessage(ClientMessage message) {
        throw new AssertionError("this transport has no messages of its own");
    }

    @Override
    public void onDrained() {
        drained.incrementAndGet();
    }

    @Override
    public void onClosed(CloseReason reason) {
        closed.add(reason);
    }

    /** Returns what the client said. */
    public List<String> texts() {
        return texts;
    }

    /** Returns why the connection ended, as often as it was told. */
    public List<CloseReason> closed() {
        return closed;
    }

    /** Returns how often it was told that the connection drained. */
    public int drained() {
        return drained.get();
    }
}
