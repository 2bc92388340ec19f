package org.freelims.sync.server.tyrus;

import java.io.ByteArrayOutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.freelims.sync.server.tyrus.Visitor.Phase;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.EmptyCompletionHandler;
import org.glassfish.grizzly.WriteResult;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.filterchain.NextAction;
import org.glassfish.grizzly.http.HttpContent;
import org.glassfish.grizzly.http.HttpRequestPacket;
import org.glassfish.grizzly.http.Method;
import org.glassfish.grizzly.http.Protocol;
import org.glassfish.grizzly.memory.Buffers;
import org.glassfish.grizzly.nio.transport.TCPNIOConnection;
import org.jspecify.annotations.Nullable;

/*
 * Invariant: `answered` is set once, by an answer or by the connection's end, and whoever sets it sees to all that waits:
 * the paused chain, who reads the body, who wants to know of the end. Nothing is called while the lock is held.
 *
 * Nothing of the HTTP parser's is kept: a request that waits for its answer holds this object and the connection.
 */
/** A request on one connection that a route answers below Grizzly's HTTP server. Thread-safe. */
final class OpenExchange implements HttpExchange {
    private static final byte[] CONTINUE =
            "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOTHING = {};
    private static final Refusal FAILED = Refusal.of(500, "The server failed. Its log says more.");
    private static final Logger LOG = System.getLogger(OpenExchange.class.getName());

    private final TCPNIOConnection connection;
    private final Visitors visitors;
    private final Visitor visitor;
    private final boolean persistent;
    private final boolean withBody;
    private final boolean expectsContinue;
    private final long announcedBytes;
    private volatile boolean complete;

    // guarded by this
    private boolean answered;
    private boolean broken;
    private byte[] arrived = NOTHING;
    private @Nullable Reader reader;
    private @Nullable FilterChainContext paused;
    private @Nullable Runnable onBroken;

    /** Reads a body; confined to whoever holds the exchange's lock. */
    private record Reader(
            int maxBytes,
            Consumer<byte[]> whole,
            Consumer<BodyFailure> failed,
            ByteArrayOutputStream body) {
        /** Returns whether the body has become too big. */
        boolean overflows(byte[] piece) {
            if (body.size() + piece.length > maxBytes) {
                return true;
            }
            body.writeBytes(piece);
            return false;
        }
    }

    OpenExchange(
            TCPNIOConnection connection,
            HttpRequestPacket request,
            Visitors visitors,
            Visitor visitor) {
        this.connection = connection;
        this.visitors = visitors;
        this.visitor = visitor;
        this.persistent =
                request.getProtocol() == Protocol.HTTP_1_1
                        && !HandshakeRules.tokens(request, "Connection").contains("close");
        this.withBody = request.getMethod() != Method.HEAD;
        this.expectsContinue = request.requiresAcknowledgement();
        this.announcedBytes = request.getContentLength();
    }

    /**
     * Has the route serve it.
     *
     * @param first what came with the header
     */
    NextAction begin(
            HttpRoute route, HttpRequest request, FilterChainContext ctx, HttpContent first) {
        complete = first.isLast();
        synchronized (this) {
            arrived = bytes(first);
        }
        visitors.enter(visitor, complete ? Phase.RESPONDING : Phase.BODY);
        if (!visitor.begin(this)) {
            ended();
        }
        try {
            route.serve(request, this);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "A request could not be served.", e);
            answer(FAILED.answer(), () -> {}, () -> {});
        }
        synchronized (this) {
            return complete || answered || reader != null ? ctx.getStopAction() : pause(ctx);
        }
    }

    /** The next piece of the body came. */
    NextAction received(FilterChainContext ctx, HttpContent piece) {
        if (HttpContent.isBroken(piece)) { // the parser has answered that, and closes
            ended();
            return ctx.getStopAction();
        }
        byte[] bytes = bytes(piece);
        Runnable told;
        synchronized (this) {
            complete = piece.isLast();
            if (answered) {
                return ctx.getStopAction();
            }
            if (reader == null) {
                arrived = bytes; // what had come before is empty: the chain was paused else
                return complete ? ctx.getStopAction() : pause(ctx);
            }
            told = read(bytes);
        }
        if (complete) {
            visitors.enter(visitor, Phase.RESPONDING);
        }
        told.run();
        return ctx.getStopAction();
    }

    private static byte[] bytes(HttpContent piece) {
        Buffer content = piece.getContent();
        byte[] bytes = new byte[content.remaining()];
        content.get(bytes);
        return bytes;
    }

    /** Reads no more until the body is asked for. Called with the lock. */
    private NextAction pause(FilterChainContext ctx) {
        NextAction suspended = ctx.getSuspendAction();
        ctx.suspend();
        paused = ctx;
        return suspended;
    }

    /** Gives the reader a piece; returns what to tell it. Called with the lock. */
    private Runnable read(byte[] piece) {
        Reader to = reader;
        if (to == null) {
            return () -> {};
        }
        if (to.overflows(piece)) {
            reader = null;
            return () -> to.failed.accept(BodyFailure.TOO_BIG);
        }
        if (complete) {
            reader = null;
            return () -> to.whole.accept(to.body.toByteArray());
        }
        return () -> {};
    }

    /** Returns whether nothing more of the request is to come. */
    boolean isComplete() {
        return complete;
    }

    @Override
    public void body(int maxBytes, Consumer<byte[]> whole, Consumer<BodyFailure> failed) {
        Runnable told;
        FilterChainContext resumed;
        boolean acknowledged;
        synchronized (this) {
            if (answered) {
                told = () -> failed.accept(BodyFailure.BROKEN);
            } else if (announcedBytes > maxBytes) {
                told = () -> failed.accept(BodyFailure.TOO_BIG);
            } else {
                reader = new Reader(maxBytes, whole, failed, new ByteArrayOutputStream(256));
                told = read(arrived);
            }
            arrived = NOTHING;
            acknowledged = expectsContinue && reader != null;
            resumed = reader == null && !complete ? null : takePaused();
        }
        if (acknowledged) {
            write(CONTINUE, () -> {}, () -> {});
        }
        told.run();
        if (resumed != null) {
            resume(() -> resumed.resume(resumed.getStopAction()));
        }
    }

    /** Goes on with what came after, on a thread for requests: they may block. */
    private void resume(Runnable chain) {
        try {
            connection.getTransport().getWorkerThreadPool().execute(chain);
        } catch (RejectedExecutionException e) {
            connection.terminateSilently();
        }
    }

    private @Nullable FilterChainContext takePaused() {
        FilterChainContext taken = paused;
        paused = null;
        return taken;
    }

    @Override
    public void onBroken(Runnable action) {
        synchronized (this) {
            if (!broken) {
                onBroken = action;
                return;
            }
        }
        action.run();
    }

    @Override
    public void answer(HttpAnswer answer, Runnable written, Runnable failed) {
        boolean first;
        boolean last;
        synchronized (this) {
            first = !answered;
            answered = true;
            last = !persistent || !complete;
            reader = null;
            onBroken = null;
            arrived = NOTHING;
        }
        if (!first) {
            failed.run();
            return;
        }
        visitors.enter(visitor, Phase.WRITING);
        write(
                answer.bytes(last, withBody),
                () -> {
                    over(last);
                    written.run();
                },
                failed);
    }

    /** The answer is written: the connection ends, or brings its next request. */
    private void over(boolean last) {
        if (last) {
            // the client may read the answer to its end: closing with unread input could take it
            // away
            visitors.enter(visitor, Phase.REFUSED);
            TlsOutput.end(connection);
        } else {
            visitors.enter(visitor, Phase.IDLE);
        }
        FilterChainContext rest;
        synchronized (this) {
            rest = takePaused();
        }
        if (rest != null) {
            resume(() -> rest.resume(rest.getStopAction()));
        }
        visitor.over()
                .ifPresent(
                        next ->
                                resume(
                                        () -> {
                                            if (last) {
                                                next.resume(next.getStopAction());
                                            } else {
                                                next.resume();
                                            }
                                        }));
    }

    /** The connection has ended. */
    void ended() {
        Reader reading;
        Runnable told;
        synchronized (this) {
            if (answered) {
                return;
            }
            answered = true;
            broken = true;
            reading = reader;
            told = onBroken;
            reader = null;
            onBroken = null;
            arrived = NOTHING;
        }
        if (reading != null) {
            reading.failed.accept(BodyFailure.BROKEN);
        }
        if (told != null) {
            told.run();
        }
    }

    private void write(byte[] bytes, Runnable written, Runnable failed) {
        connection.write(
                Buffers.wrap(connection.getMemoryManager(), bytes),
                new EmptyCompletionHandler<WriteResult<Buffer, SocketAddress>>() {
                    @Override
                    public void completed(WriteResult<Buffer, SocketAddress> result) {
                        written.run();
                    }

                    @Override
                    public void failed(Throwable error) {
                        connection.terminateSilently();
                        failed.run();
                    }
                });
    }
}
