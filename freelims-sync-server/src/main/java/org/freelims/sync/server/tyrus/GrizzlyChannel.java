package org.freelims.sync.server.tyrus;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.freelims.sync.transport.CloseReason;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.EmptyCompletionHandler;
import org.glassfish.grizzly.WriteResult;
import org.glassfish.grizzly.asyncqueue.WritableMessage;
import org.glassfish.grizzly.memory.Buffers;
import org.glassfish.grizzly.nio.transport.TCPNIOConnection;
import org.glassfish.grizzly.nio.transport.TCPNIOTransport;
import org.jspecify.annotations.Nullable;

/*
 * Invariant: bytes reach the socket one write at a time, and whole frames in order.
 *
 * `writing` is true while some thread drains or a write waits for the socket; whoever turned it true is the writer, and
 * the fields "the writer's" are its own. flush() that finds a writer leaves `again`; the writer turns `writing` false
 * only under the lock that saw `again` false and nothing queued, so what was offered before a flush is never stranded.
 * The lock is not held while a source is asked or the socket written.
 *
 * The fast way writes straight to the non-blocking socket on the flushing thread: no task, no wake-up, no queue record.
 * Only when the socket is full does a piece go to Grizzly's queue, which waits for it to be writable; the rest stays
 * here as references to the shared frames, so a client that does not read costs no copy of what it does not read.
 * Nothing else may write to the connection once the channel is open. Over TLS every write takes the way by Grizzly.
 */
/** A WebSocket on a Grizzly connection. Thread-safe. */
final class GrizzlyChannel implements WebSocketChannel {
    /** What is copied and handed to Grizzly while the socket is full. */
    private static final int WAITING_BYTES = 16 * 1024;

    /** What may be queued by send: a peer that asks for answers and reads none is cut. */
    private static final int MAX_QUEUED_BYTES = 1 << 20;

    private static final WireSource NOTHING =
            new WireSource() {
                @Override
                public boolean take(Batch batch) {
                    return false;
                }

                @Override
                public void written() {}
            };

    private final String id;
    private final String remoteAddress;
    private final TCPNIOConnection connection;
    private final @Nullable SocketChannel socket; // null over TLS
    private final Runnable onClosing;

    private volatile WireSource source = NOTHING;

    // guarded by this
    private long writtenBytes;
    private long inFlightBytes;
    private final ArrayDeque<byte[]> queue = new ArrayDeque<>(1);
    private int queuedBytes;
    private byte @Nullable [] pong;
    private byte @Nullable [] closeFrame;
    private @Nullable CloseReason closing;
    private @Nullable CloseReason peerReason;
    private boolean closeAtOnce;
    private boolean closeTaken;
    private boolean closeWritten;
    private boolean peerClosed;
    private boolean writing;
    private boolean again;
    private boolean ended;

    // the writer's
    private GatherBatch.@Nullable Rest rest;
    private @Nullable WireSource takenFrom;
    private boolean closeInBatch;

    /**
     * @param onClosing called once a close frame is to be written: the peer's time to answer it
     *     begins
     */
    GrizzlyChannel(
            String id,
            String remoteAddress,
            TCPNIOConnection connection,
            boolean secure,
            Runnable onClosing) {
        this.onClosing = onClosing;
        this.id = id;
        this.remoteAddress = remoteAddress;
        this.connection = connection;
        this.socket = secure ? null : (SocketChannel) connection.getChannel();
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String remoteAddress() {
        return remoteAddress;
    }

    @Override
    public void source(WireSource source) {
        this.source = source;
    }

    @Override
    public void sendText(String text) {
        send(WireFrames.text(text));
    }

    @Override
    public void sendBinary(byte[] data) {
        send(WireFrames.binary(data));
    }

    void ping() {
        send(WireFrames.ping(new byte[0]));
    }

    private void send(byte[] frame) {
        boolean tooMuch;
        synchronized (this) {
            if (ended || closeFrame != null) {
                return;
            }
            queue.add(frame);
            queuedBytes += frame.length;
            tooMuch = queuedBytes > MAX_QUEUED_BYTES;
        }
        if (tooMuch) {
            terminate();
        } else {
            flush();
        }
    }

    /** Answers a ping; one not yet written is replaced (RFC 6455, section 5.5.3). */
    void sendPong(byte[] frame) {
        synchronized (this) {
            pong = frame;
        }
        flush();
    }

    @Override
    public long pendingBytes() {
        synchronized (this) {
            return queuedBytes + inFlightBytes;
        }
    }

    @Override
    public long writtenBytes() {
        synchronized (this) {
            return writtenBytes;
        }
    }

    @Override
    public void close(CloseReason reason) {
        close(reason, WireFrames.close(reason), false);
    }

    /** Closes without writing what else was to be written. */
    void closeAtOnce(CloseReason reason) {
        close(reason, WireFrames.close(reason), true);
    }

    private void close(CloseReason reason, byte[] frame, boolean atOnce) {
        synchronized (this) {
            if (ended || closeFrame != null) {
                return;
            }
            closing = reason;
            closeFrame = frame;
            closeAtOnce = atOnce;
        }
        onClosing.run();
        flush();
    }

    /**
     * The client's close frame said this; {@link #peerClosed} follows once what was before it is
     * read.
     */
    synchronized void peerReason(CloseReason reason) {
        peerReason = reason;
    }

    /** Answers the client's close frame, if this side has not closed before, and ends. */
    void peerClosed() {
        boolean over;
        synchronized (this) {
            peerClosed = true;
            over = closeWritten;
            closeAtOnce = true;
            if (closeFrame == null) {
                int code = peerReason == null ? 1005 : peerReason.code();
                closeFrame = WireFrames.close(new CloseReason(code == 1005 ? 1000 : code, ""));
            }
        }
        if (over) {
            connection.closeSilently();
        } else {
            onClosing.run();
            flush();
        }
    }

    /** Returns why the WebSocket was closed, by whichever side began; empty if it broke. */
    synchronized Optional<CloseReason> closing() {
        return Optional.ofNullable(closing != null ? closing : peerReason);
    }

    @Override
    public void terminate() {
        ended();
        connection.terminateSilently();
    }

    /** The connection has ended: forget what was to be written. */
    void ended() {
        synchronized (this) {
            ended = true;
            queue.clear();
            queuedBytes = 0;
            pong = null;
        }
        source = NOTHING;
    }

    @Override
    public void flush() {
        synchronized (this) {
            if (writing) {
                again = true;
                return;
            }
            if (ended) {
                return;
            }
            writing = true;
        }
        drain();
    }

    /**
     * Writes until there is nothing more or the socket is full; the calling thread is the writer.
     */
    private void drain() {
        GatherBatch batch = GatherBatch.borrow();
        try {
            while (collect(batch) && write(batch)) {
                batch.clear();
                batchWritten();
            }
        } catch (IOException e) {
            terminate(); // the peer is gone; `writing` stays true: nobody writes any more
        } finally {
            batch.release();
        }
    }

    /**
     * Fills the batch; false if there is nothing to write, and then this thread is the writer no
     * more.
     */
    private boolean collect(GatherBatch batch) {
        GatherBatch.Rest unwritten = rest;
        if (unwritten != null) {
            rest = null;
            batch.resume(unwritten);
            return true;
        }
        while (true) {
            boolean askSource;
            synchronized (this) {
                if (ended || closeTaken) {
                    return false; // `writing` stays true: nothing may follow
                }
                again = false;
                takeQueued(batch);
                askSource = closeFrame == null || !closeAtOnce;
            }
            WireSource asked = source;
            if (askSource && asked.take(batch)) {
                takenFrom = asked;
            }
            if (!batch.isEmpty()) {
                taken(batch);
                return true;
            }
            if (takenFrom != null) {
                batchWritten(); // frames that are not for this client: nothing to write of them
                continue;
            }
            synchronized (this) {
                if (!again && closeFrame != null && !ended) {
                    batch.add(closeFrame);
                    closeTaken = true;
                    closeInBatch = true;
                    taken(batch);
                    return true;
                }
                if (!again) {
                    writing = false;
                    return false;
                }
            }
        }
    }

    private void takeQueued(GatherBatch batch) {
        if (pong != null) {
            batch.add(pong);
            pong = null;
        }
        for (byte[] next = queue.poll(); next != null; next = queue.poll()) {
            batch.add(next);
        }
        queuedBytes = 0;
    }

    /** Returns whether all was written; if not, the write goes on when the socket can take more. */
    private boolean write(GatherBatch batch) throws IOException {
        while (true) {
            if (socket != null) {
                wrote(batch.writeTo(socket));
            }
            if (batch.allWritten()) {
                return true;
            }
            byte[] piece = batch.takeCopy(WAITING_BYTES);
            rest = batch.allWritten() ? null : batch.rest();
            if (!waitFor(piece)) {
                return false;
            }
            if (rest == null) {
                return true;
            }
            rest = null; // the batch still has it
        }
    }

    private synchronized void wrote(long bytes) {
        writtenBytes += bytes;
        inFlightBytes -= bytes;
    }

    private synchronized void taken(GatherBatch batch) {
        inFlightBytes = batch.bytes();
    }

    /**
     * Returns true if Grizzly wrote the piece at once; if not, it goes on in {@link #drain} later.
     */
    private boolean waitFor(byte[] piece) {
        AtomicBoolean first = new AtomicBoolean();
        EmptyCompletionHandler<WriteResult<WritableMessage, SocketAddress>> then =
                new EmptyCompletionHandler<>() {
                    @Override
                    public void completed(WriteResult<WritableMessage, SocketAddress> result) {
                        wrote(piece.length);
                        if (!first.compareAndSet(false, true)) {
                            pieceWritten();
                        }
                    }

                    @Override
                    public void failed(Throwable error) {
                        terminate();
                    }
                };
        Buffer buffer = Buffers.wrap(connection.getMemoryManager(), piece);
        if (socket == null) {
            connection.write((WritableMessage) buffer, then);
        } else {
            writePlain(buffer, then);
        }
        return !first.compareAndSet(false, true);
    }

    private void writePlain(
            Buffer buffer,
            EmptyCompletionHandler<WriteResult<WritableMessage, SocketAddress>> then) {
        ((TCPNIOTransport) connection.getTransport())
                .getAsyncQueueIO()
                .getWriter()
                .write(connection, buffer, then);
    }

    private void pieceWritten() {
        if (rest == null) {
            batchWritten();
        }
        drain();
    }

    private void batchWritten() {
        WireSource from = takenFrom;
        takenFrom = null;
        if (from != null) {
            from.written();
        }
        if (closeInBatch) {
            closeInBatch = false;
            closeFrameWritten();
        }
    }

    private void closeFrameWritten() {
        boolean over;
        boolean peerBrokeRules;
        synchronized (this) {
            closeWritten = true;
            over = peerClosed;
            peerBrokeRules = closeAtOnce;
        }
        if (over) {
            connection.closeSilently();
        } else if (peerBrokeRules) {
            // the end of stream tells a peer that ignores the close frame; what it still sends is
            // read and dropped, for closing with unread input would reset the connection and lose
            // the frame
            TlsOutput.end(connection);
        }
    }
}
