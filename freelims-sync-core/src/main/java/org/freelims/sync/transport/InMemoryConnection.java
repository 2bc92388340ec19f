package org.freelims.sync.transport;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A connection within one process: for tests, and for an application that wants to hear of its own
 * changes. Thread-safe; both ends are called on the given executor, one call at a time.
 */
public final class InMemoryConnection implements Connection {
    private static final int WRITE_BYTES = 64 << 10;

    /** The client's end. */
    public interface Receiver {
        /** The server sent this message. */
        void onText(String text);

        /** The connection has ended, for this reason; the last call. */
        void onClosed(CloseReason reason);
    }

    private final String id;
    private final Outbox outbox;
    private final SerialExecutor executor;
    private final Receiver client;
    private @Nullable ConnectionListener server; // set before the first task runs, read by tasks
    private boolean paused; // read and written by tasks
    private boolean ended;
    private @Nullable CloseReason closing;

    private InMemoryConnection(String id, long capBytes, Executor executor, Receiver client) {
        this.id = requireNonNull(id, "id");
        this.outbox = new Outbox(capBytes);
        this.executor = new SerialExecutor(executor);
        this.client = requireNonNull(client, "client");
    }

    /**
     * Connects a client to a hub.
     *
     * @param capBytes as {@link Outbox#Outbox}
     * @param hub takes the server's end over and returns its listener
     */
    public static InMemoryConnection open(
            String id,
            long capBytes,
            Executor executor,
            Function<Connection, ConnectionListener> hub,
            Receiver client) {
        InMemoryConnection connection = new InMemoryConnection(id, capBytes, executor, client);
        ConnectionListener listener = hub.apply(connection);
        connection.executor.execute(() -> connection.server = listener);
        return connection;
    }

    /** Sends the server a message. */
    public void send(String text) {
        executor.execute(
                () -> {
                    if (!ended && server != null) {
                        server.onText(text);
                    }
                });
    }

    /**
     * Closes the connection from the client's end, or breaks it with {@link CloseReason#BROKEN}.
     */
    public void disconnect(CloseReason reason) {
        executor.execute(() -> end(reason));
    }

    /** The client reads nothing more until {@link #resume}. */
    public void pause() {
        executor.execute(() -> paused = true);
    }

    /** The client reads again. */
    public void resume() {
        executor.execute(
                () -> {
                    paused = false;
                    write();
                });
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String remoteAddress() {
        return "in-memory";
    }

    @Override
    public boolean offer(Frame frame) {
        return outbox.offer(frame);
    }

    @Override
    public void flush() {
        executor.execute(this::write);
    }

    private void write() {
        while (!paused && !ended) {
            List<Frame> batch = outbox.take(WRITE_BYTES);
            if (batch.isEmpty()) {
                break;
            }
            for (Frame frame : batch) {
                client.onText(new String(frame.payload(), StandardCharsets.UTF_8));
            }
            outbox.written();
        }
        tellDrained();
        if (closing != null && outbox.pendingBytes() == 0) {
            end(closing);
        }
    }

    private void tellDrained() {
        if (outbox.pollDrained() && server != null) {
            server.onDrained();
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
        executor.execute(this::tellDrained);
    }

    /**
     * As promised by {@link Connection#close}, but that a paused client is cut at once: nobody
     * waits for it here.
     */
    @Override
    public void close(CloseReason reason) {
        executor.execute(
                () -> {
                    if (paused) {
                        end(reason);
                    } else {
                        closing = reason;
                        write();
                    }
                });
    }

    @Override
    public void terminate() {
        executor.execute(() -> end(new CloseReason(CloseReason.BROKEN, "cut")));
    }

    private void end(CloseReason reason) {
        if (ended) {
            return;
        }
        ended = true;
        outbox.end();
        client.onClosed(reason);
        if (server != null) {
            server.onClosed(reason);
        }
    }
}
