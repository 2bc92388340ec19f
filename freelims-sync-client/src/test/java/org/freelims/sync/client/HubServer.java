package org.freelims.sync.client;

import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.SendHandler;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.freelims.sync.SyncHub;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.Connection;
import org.freelims.sync.transport.ConnectionListener;
import org.freelims.sync.transport.Frame;
import org.freelims.sync.transport.Outbox;
import org.glassfish.tyrus.server.Server;

/** A hub behind Tyrus' stock server, on a port of its own: a real WebSocket server to test with. */
final class HubServer implements AutoCloseable {
    static final int ANY_PORT = -1;

    private static final String HUB = "hub";

    private final Server server;

    /** Serves the hub at {@code /sync}; {@link #ANY_PORT} for any. */
    HubServer(SyncHub hub, int port) {
        Map<String, Object> properties = new HashMap<>();
        server = new Server("localhost", port, "/", properties, Config.class);
        Config.next.set(hub);
        try {
            server.start();
        } catch (DeploymentException e) {
            throw new IllegalStateException(e);
        }
    }

    int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        server.stop();
    }

    /** Tyrus makes one of these by itself, on the thread that starts the server. */
    public static final class Config implements jakarta.websocket.server.ServerApplicationConfig {
        private static final ThreadLocal<SyncHub> next = new ThreadLocal<>();

        @Override
        public Set<ServerEndpointConfig> getEndpointConfigs(Set<Class<? extends Endpoint>> all) {
            ServerEndpointConfig config =
                    ServerEndpointConfig.Builder.create(HubEndpoint.class, "/sync")
                            .subprotocols(List.of(MessageCodec.SUBPROTOCOL))
                            .build();
            config.getUserProperties().put(HUB, java.util.Objects.requireNonNull(next.get()));
            return new HashSet<>(Set.of(config));
        }

        @Override
        public Set<Class<?>> getAnnotatedEndpointClasses(Set<Class<?>> scanned) {
            return Set.of();
        }
    }

    /** One connection's server side. */
    public static final class HubEndpoint extends Endpoint {
        private volatile ConnectionListener listener =
                new ConnectionListener() {
                    @Override
                    public void onText(String text) {}

                    @Override
                    public void onMessage(org.freelims.sync.protocol.ClientMessage message) {}

                    @Override
                    public void onDrained() {}

                    @Override
                    public void onClosed(CloseReason reason) {}
                };

        @Override
        public void onOpen(Session session, EndpointConfig config) {
            SyncHub hub =
                    (SyncHub) java.util.Objects.requireNonNull(config.getUserProperties().get(HUB));
            session.setMaxIdleTimeout(-1);
            SessionConnection connection = new SessionConnection(session);
            listener = hub.open(connection, Optional.empty());
            connection.listener = listener;
            session.addMessageHandler(
                    String.class, (MessageHandler.Whole<String>) text -> listener.onText(text));
        }

        @Override
        public void onClose(Session session, jakarta.websocket.CloseReason reason) {
            listener.onClosed(new CloseReason(reason.getCloseCode().getCode(), ""));
        }
    }

    private static final class SessionConnection implements Connection, SendHandler {
        private static final AtomicLong NUMBERS = new AtomicLong();

        private final String id = "test-" + NUMBERS.incrementAndGet();
        private final Session session;
        private final Outbox outbox = new Outbox(256 << 10);
        private volatile ConnectionListener listener;
        private volatile CloseReason closing;

        SessionConnection(Session session) {
            this.session = session;
            this.listener = new HubEndpoint().listener;
            this.closing = new CloseReason(CloseReason.BROKEN, "");
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public String remoteAddress() {
            return "test";
        }

        @Override
        public boolean offer(Frame frame) {
            return outbox.offer(frame);
        }

        @Override
        public void flush() {
            List<Frame> next = outbox.take(1);
            for (Frame frame : next) {
                try {
                    session.getAsyncRemote()
                            .sendText(new String(frame.payload(), StandardCharsets.UTF_8), this);
                } catch (IllegalStateException e) {
                    outbox.end();
                }
            }
            if (next.isEmpty() && outbox.pendingBytes() == 0) {
                closeIfDone();
            }
        }

        @Override
        public void onResult(jakarta.websocket.SendResult result) {
            outbox.written();
            if (outbox.pollDrained()) {
                listener.onDrained();
            }
            flush();
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
            if (outbox.pollDrained()) {
                listener.onDrained();
            }
        }

        @Override
        public void close(CloseReason reason) {
            closing = reason;
            flush();
        }

        private void closeIfDone() {
            CloseReason reason = closing;
            if (reason.code() != CloseReason.BROKEN && session.isOpen()) {
                end(reason.code(), reason.text());
            }
        }

        @Override
        public void terminate() {
            outbox.end();
            end(CloseReason.GOING_AWAY, "");
        }

        private void end(int code, String text) {
            try {
                session.close(
                        new jakarta.websocket.CloseReason(CloseCodes.getCloseCode(code), text));
            } catch (IOException | IllegalStateException e) {
                System.getLogger(HubServer.class.getName())
                        .log(System.Logger.Level.DEBUG, "closing", e);
            }
        }
    }
}
