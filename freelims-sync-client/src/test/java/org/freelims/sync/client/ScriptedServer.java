package org.freelims.sync.client;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.freelims.sync.client.transport.ClientConnection;
import org.freelims.sync.client.transport.ClientConnectionListener;
import org.freelims.sync.client.transport.ClientTransport;
import org.freelims.sync.client.transport.ConnectFailedException;
import org.freelims.sync.client.transport.ConnectRequest;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.transport.CloseReason;
import org.jspecify.annotations.Nullable;

/** A transport whose other end is the test: it accepts, says and hears message by message. */
final class ScriptedServer implements ClientTransport {
    private final List<ConnectRequest> requests = new ArrayList<>();
    private final ArrayDeque<ClientMessage> heard = new ArrayDeque<>();
    private @Nullable CompletableFuture<ClientConnection> opening;
    private @Nullable ClientConnectionListener opener;
    private @Nullable Line line;

    @Override
    public CompletableFuture<ClientConnection> connect(
            ConnectRequest request, ClientConnectionListener listener) {
        requests.add(request);
        opening = new CompletableFuture<>();
        opener = listener;
        return opening;
    }

    List<ConnectRequest> requests() {
        return requests;
    }

    /** Opens the connection that the client is waiting for. */
    ScriptedServer accept() {
        if (opening == null || opener == null) {
            throw new AssertionError("the client did not connect");
        }
        line = new Line(opener);
        heard.clear();
        CompletableFuture<ClientConnection> now = opening;
        opening = null;
        now.complete(line);
        return this;
    }

    void refuse(ConnectFailedException.Kind kind) {
        if (opening == null) {
            throw new AssertionError("the client did not connect");
        }
        CompletableFuture<ClientConnection> now = opening;
        opening = null;
        now.completeExceptionally(new ConnectFailedException(kind, kind.toString(), null));
    }

    boolean isAwaited() {
        return opening != null && !opening.isDone();
    }

    Line line() {
        if (line == null) {
            throw new AssertionError("there is no connection");
        }
        return line;
    }

    ScriptedServer say(ServerMessage message) {
        return sayText(MessageCodec.encode(message));
    }

    ScriptedServer sayText(String text) {
        line().incoming.add(text);
        line().flow();
        return this;
    }

    ScriptedServer welcome() {
        return say(new ServerMessage.Welcome(1, "s1", at(100), 15_000, 65_536));
    }

    /** Takes the next message of the client, which must be of this type. */
    <T extends ClientMessage> T hear(Class<T> type) {
        ClientMessage next = heard.poll();
        if (next == null) {
            throw new AssertionError("the client said nothing where a " + type + " was due");
        }
        return type.cast(next);
    }

    boolean hearsNothing() {
        return heard.isEmpty();
    }

    /** Answers the subscribe that the client must have sent. */
    ClientMessage.Subscribe subscribed(long offset) {
        ClientMessage.Subscribe asked = hear(ClientMessage.Subscribe.class);
        say(new ServerMessage.Subscribed(asked.id(), asked.to(), at(offset)));
        return asked;
    }

    ScriptedServer change(String to, long offset, long prev) {
        return say(notification(to, at(offset), at(prev)));
    }

    static ServerMessage.Notification notification(String to, Position position, Position prev) {
        return new ServerMessage.Notification(
                to,
                "inventory",
                Action.UPDATE,
                Long.toString(position.offset()),
                "{\"n\":" + position.offset() + "}",
                position,
                prev,
                "tx" + position.offset(),
                false,
                Instant.EPOCH,
                Optional.empty(),
                Optional.empty());
    }

    static Position at(long offset) {
        return Position.of("e1", offset);
    }

    /** Ends the connection. */
    void close(int code) {
        Line now = line();
        line = null;
        now.listener.onClosed(new CloseReason(code, ""));
    }

    /** The client's end of the connection, and what is on its way to it. */
    final class Line implements ClientConnection {
        private final ClientConnectionListener listener;
        private final ArrayDeque<String> incoming = new ArrayDeque<>();
        private long demand;
        private boolean flowing;
        boolean aborted;
        @Nullable CloseReason closed;

        Line(ClientConnectionListener listener) {
            this.listener = listener;
        }

        int unread() {
            return incoming.size();
        }

        private void flow() {
            if (flowing) {
                return;
            }
            flowing = true;
            while (demand > 0 && !incoming.isEmpty() && !aborted) {
                demand--;
                listener.onText(incoming.remove());
            }
            flowing = false;
        }

        @Override
        public void request(int messages) {
            demand += messages;
            flow();
        }

        @Override
        public void send(String text) {
            heard.add(MessageCodec.decodeClient(text));
        }

        @Override
        public void close(CloseReason reason) {
            closed = reason;
        }

        @Override
        public void abort() {
            aborted = true;
        }
    }
}
