package org.freelims.sync.server.socketio;

import static java.lang.System.Logger.Level.ERROR;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.transport.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * What one client says in Socket.IO: who it is in which namespace, and its events to those
 * concerned. Confined to the turns of its engine session.
 */
final class SocketSession implements EngineListener {
    private static final System.Logger LOG = System.getLogger(SocketSession.class.getName());
    private static final int MAX_REFUSALS = 100;
    private static final String INVALID_NAMESPACE = "{\"message\":\"Invalid namespace\"}";

    private final EngineConnection connection;
    private final SocketApplication application;
    private final SocketPacketReader reader;
    private final Map<String, Member> members = new HashMap<>(2);
    private final Future<?> connectTimeout;
    private int refusals;
    private int joins;

    /** One namespace that the client asked to join; {@code listener} once it has. */
    private static final class Member {
        SocketApplication.@Nullable Listener listener;
    }

    /**
     * @param maxBytes the most bytes of the attachments of one packet
     * @param connectTimeout how long a client may take to join its first namespace
     */
    SocketSession(
            EngineConnection connection,
            SocketApplication application,
            int maxBytes,
            Duration connectTimeout) {
        this.connection = connection;
        this.application = application;
        this.reader = new SocketPacketReader(maxBytes);
        this.connectTimeout =
                connection.after(
                        connectTimeout,
                        session ->
                                session.close(
                                        new CloseReason(
                                                CloseReason.POLICY, "no namespace was joined")));
    }

    @Override
    public void onText(String text) {
        reader.text(text).ifPresent(this::handle);
    }

    @Override
    public void onBinary(byte[] data) {
        reader.binary(data).ifPresent(this::handle);
    }

    private void handle(SocketPacket packet) {
        Member member = members.get(packet.namespace());
        if (packet instanceof SocketPacket.Connect connect) {
            if (member != null) {
                throw EngineCodec.malformed("The namespace has been joined already.");
            }
            connect(connect);
        } else if (member != null && packet instanceof SocketPacket.Disconnect) {
            leave(packet.namespace(), member, new CloseReason(CloseReason.NORMAL, "left"));
        } else if (member != null
                && member.listener != null
                && packet instanceof SocketPacket.Event event) {
            member.listener.onEvent(event);
        }
        // What is for a namespace that the client is not in may have crossed with a disconnect; and
        // an ACK answers nothing, since no event of ours asks for one.
    }

    private void connect(SocketPacket.Connect packet) {
        String namespace = packet.namespace();
        Optional<CompletionStage<Function<SocketConnection, SocketApplication.Listener>>> verdict =
                application.connect(namespace, connection.client(), packet.auth());
        if (verdict.isEmpty()) {
            refuse(namespace, INVALID_NAMESPACE);
            return;
        }
        Member member = new Member();
        members.put(namespace, member);
        CompletionStage<Decision> decision = verdict.get().handle(Decision::new);
        if (decision.toCompletableFuture().isDone()) { // so that events right behind it are heard
            decided(namespace, member, decision.toCompletableFuture().join());
        } else {
            decision.thenAccept(made -> connection.turn(s -> decided(namespace, member, made)));
        }
    }

    private record Decision(
            @Nullable Function<SocketConnection, SocketApplication.Listener> opens,
            @Nullable Throwable failure) {}

    private void decided(String namespace, Member member, Decision decision) {
        if (members.get(namespace) != member) {
            return; // the client left in the meantime
        }
        if (decision.opens == null) {
            members.remove(namespace);
            refuse(namespace, reason(decision.failure));
            return;
        }
        connectTimeout.cancel(false);
        String id = connection.label() + '.' + joins++;
        connection.send(List.of(SocketPackets.connected(namespace, id)));
        member.listener =
                decision.opens.apply(
                        new SocketConnection(
                                id, namespace, connection, () -> expel(namespace, member)));
    }

    private static String reason(@Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
        if (cause instanceof SyncException refusal) {
            return "{\"message\":"
                    + SocketJson.quoted(refusal.getMessage())
                    + ",\"data\":{\"code\":\""
                    + refusal.code()
                    + "\"}}";
        }
        LOG.log(ERROR, "A CONNECT could not be decided", cause);
        return "{\"message\":\"The server failed. Try again.\",\"data\":{\"code\":\"INTERNAL\"}}";
    }

    private void refuse(String namespace, String error) {
        if (++refusals > MAX_REFUSALS) {
            throw new SyncException(ErrorCode.RATE_LIMITED, "Too many CONNECTs were refused.");
        }
        connection.send(List.of(SocketPackets.refused(namespace, error)));
    }

    private void expel(String namespace, Member member) {
        if (members.get(namespace) == member) {
            connection.send(List.of(SocketPackets.disconnected(namespace)));
            leave(namespace, member, new CloseReason(CloseReason.POLICY, "expelled"));
        }
    }

    private void leave(String namespace, Member member, CloseReason reason) {
        members.remove(namespace);
        if (member.listener != null) {
            member.listener.onClosed(reason);
        }
    }

    @Override
    public void onClosed(CloseReason reason) {
        connectTimeout.cancel(false);
        reader.end(); // at once, whoever still holds on to this
        Map.copyOf(members).forEach((namespace, member) -> leave(namespace, member, reason));
    }
}
