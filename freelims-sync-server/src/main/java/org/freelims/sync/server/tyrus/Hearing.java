package org.freelims.sync.server.tyrus;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.freelims.sync.server.tyrus.Visitor.Phase;
import org.freelims.sync.server.tyrus.WebSocketRoute.Verdict;
import org.freelims.sync.server.tyrus.WebSocketRoute.Verdict.Accept;
import org.freelims.sync.server.tyrus.WebSocketRoute.Verdict.Refuse;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.EmptyCompletionHandler;
import org.glassfish.grizzly.WriteResult;
import org.glassfish.grizzly.filterchain.FilterChain;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.filterchain.NextAction;
import org.glassfish.grizzly.http.HttpRequestPacket;
import org.glassfish.grizzly.http.Method;
import org.glassfish.grizzly.memory.Buffers;
import org.glassfish.grizzly.nio.transport.TCPNIOConnection;
import org.jspecify.annotations.Nullable;

/*
 * Tyrus sees only handshakes that were found good, because it answers some refusals and opens the session all the same.
 * A refused connection is marked before anything is written, and from then on the HTTP parser drops whatever it
 * sends: nothing can reach a session that way.
 *
 * While a route decides, the filter chain is suspended: the socket is not read, so nothing overtakes the decision. Once
 * the 101 is written the connection gets the short chain of a WebSocket in place of the HTTP one, then is read again.
 * Over TLS it keeps its chain, which may hold the first part of a record; there the filter before the HTTP parser diverts
 * what comes.
 */
/** The judgement of one handshake. Confined to one thread after another. */
final class Hearing {
    private static final Logger LOG = System.getLogger(Hearing.class.getName());

    /** What all hearings share. */
    record Court(
            Visitors visitors,
            TyrusSessions sessions,
            FilterChain openChain,
            ConnectionLimits limits,
            Supplier<String> ids,
            RefusalListener refused) {}

    private final Court court;
    private final FilterChainContext ctx;
    private final TCPNIOConnection connection;
    private final Visitor visitor;
    private final boolean withBody;
    private final AtomicBoolean left = new AtomicBoolean();

    Hearing(Court court, FilterChainContext ctx, HttpRequestPacket request, Visitor visitor) {
        this.court = court;
        this.ctx = ctx;
        this.withBody = request.getMethod() != Method.HEAD;
        this.connection = (TCPNIOConnection) ctx.getConnection();
        this.visitor = visitor;
    }

    /** Refuses at once. */
    NextAction refuse(Refusal refusal) {
        writeRefusal(refusal, () -> {});
        return ctx.getStopAction();
    }

    /**
     * Asks the route; the chain is suspended until it has decided.
     *
     * @param early what came with the handshake already
     */
    NextAction begin(WebSocketRoute route, HttpRequestPacket request, Buffer early) {
        Handshake handshake;
        try {
            handshake = HandshakeRules.handshake(request, visitor.address());
        } catch (IllegalArgumentException e) {
            return refuse(Refusal.of(400, "The query is not percent-encoded as it should be."));
        }
        Optional<Refusal> full = court.visitors().admit(visitor);
        if (full.isPresent()) {
            return refuse(full.get());
        }
        Visitors.whenClosed(connection, this::leave);
        court.visitors().enter(visitor, Phase.JUDGING);
        NextAction suspended = ctx.getSuspendAction();
        ctx.suspend();
        judge(route, handshake)
                .whenComplete(
                        (verdict, error) -> {
                            int most =
                                    route.maxMessageBytes().orElse(court.limits().messageBytes());
                            decided(handshake, most, early, verdict, error);
                        });
        return suspended;
    }

    private static CompletionStage<Verdict> judge(WebSocketRoute route, Handshake handshake) {
        try {
            return route.judge(handshake);
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    private void decided(
            Handshake handshake,
            int maxMessageBytes,
            Buffer early,
            @Nullable Verdict verdict,
            @Nullable Throwable error) {
        if (verdict instanceof Accept accept) {
            try {
                accept(handshake, accept, maxMessageBytes, early);
                return;
            } catch (RuntimeException e) {
                LOG.log(Level.ERROR, "A good handshake could not be completed.", e);
            }
        } else if (verdict == null) {
            LOG.log(Level.ERROR, "A route failed to decide about a handshake.", error);
        }
        leave();
        writeRefusal(
                verdict instanceof Refuse refuse
                        ? refuse.refusal()
                        : Refusal.of(500, "The server failed. Its log says more."),
                this::resume);
    }

    private void writeRefusal(Refusal refusal, Runnable then) {
        court.visitors().enter(visitor, Phase.REFUSED);
        court.refused().refused(visitor.address(), refusal.status());
        write(
                refusal.answer().bytes(true, withBody),
                () -> {
                    // the client may read the answer to its end: closing with unread input could
                    // take it away
                    TlsOutput.end(connection);
                    then.run();
                });
    }

    private void accept(Handshake handshake, Accept accept, int maxMessageBytes, Buffer early) {
        GrizzlyChannel channel =
                new GrizzlyChannel(
                        court.ids().get(),
                        handshake.request().remoteAddress(),
                        connection,
                        handshake.request().secure(),
                        () ->
                                visitor.closing(
                                        System.nanoTime()
                                                + court.limits().closeTimeout().toNanos()));
        TyrusSessions.Upgrade upgrade = court.sessions().upgrade(handshake, accept, channel);
        TyrusLink link = new TyrusLink(channel, new FrameReader(maxMessageBytes));
        write(
                upgrade.response().getBytes(StandardCharsets.US_ASCII),
                () -> open(channel, link, upgrade, early, handshake.request().secure()));
    }

    /** The client has its 101: from here on the connection is a WebSocket. */
    private void open(
            GrizzlyChannel channel,
            TyrusLink link,
            TyrusSessions.Upgrade upgrade,
            Buffer early,
            boolean secure) {
        FrameFilter.link(connection, link);
        long now = System.nanoTime();
        visitor.open(channel, now, now + court.limits().pingInterval().toNanos());
        link.open(upgrade.info());
        Visitors.whenClosed(connection, link::ended);
        if (early.hasRemaining()) {
            link.received(early);
        }
        if (!secure) {
            connection.setProcessor(court.openChain());
        }
        resume();
    }

    @SuppressWarnings("rawtypes") // as FilterChainContext declares it
    private void write(byte[] bytes, Runnable then) {
        ctx.write(
                Buffers.wrap(connection.getMemoryManager(), bytes),
                new EmptyCompletionHandler<WriteResult>() {
                    @Override
                    public void completed(WriteResult result) {
                        then.run();
                    }

                    @Override
                    public void failed(Throwable error) {
                        connection.terminateSilently(); // and the close listener counts it off
                    }
                });
    }

    private void resume() {
        ctx.resume(ctx.getStopAction());
    }

    private void leave() {
        if (left.compareAndSet(false, true)) {
            court.visitors().leave(visitor);
        }
    }
}
