package org.freelims.sync.server.tyrus;

import static java.util.Objects.requireNonNull;

import jakarta.websocket.CloseReason;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpointConfig;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.freelims.sync.server.tyrus.WebSocketRoute.Verdict.Accept;
import org.glassfish.tyrus.core.RequestContext;
import org.glassfish.tyrus.core.TyrusUpgradeResponse;
import org.glassfish.tyrus.core.TyrusWebSocketEngine;
import org.glassfish.tyrus.server.TyrusServerContainer;
import org.glassfish.tyrus.spi.WebSocketEngine;
import org.jspecify.annotations.Nullable;

/**
 * The Tyrus engine: it completes handshakes that were found good, parses what clients send, and
 * keeps the Jakarta sessions, one endpoint a path. Thread-safe.
 */
final class TyrusSessions {
    private static final Logger LOG = System.getLogger(TyrusSessions.class.getName());

    /** Tyrus takes this much in one read, whatever messages are in it. */
    private static final int READ_BYTES = 4 << 20;

    private final Container container;

    /**
     * @param paths where routes are mounted
     * @throws IllegalArgumentException if Tyrus can't serve one of them
     */
    TyrusSessions(Set<String> paths, int maxMessageBytes) {
        container = new Container();
        container.setDefaultMaxSessionIdleTimeout(-1);
        container.setDefaultMaxTextMessageBufferSize(maxMessageBytes);
        container.setDefaultMaxBinaryMessageBufferSize(maxMessageBytes);
        try {
            for (String path : paths) {
                container.register(
                        ServerEndpointConfig.Builder.create(RouteEndpoint.class, path)
                                .configurator(new Configurator())
                                .build());
            }
        } catch (DeploymentException e) {
            throw new IllegalArgumentException("A route can't be mounted: " + e.getMessage(), e);
        }
        container.doneDeployment();
    }

    /** What Tyrus made of a handshake: the answer, and the session to be opened once it is sent. */
    record Upgrade(String response, WebSocketEngine.UpgradeInfo info) {}

    /** Has Tyrus answer a handshake; the session opens with {@link TyrusLink#open}. */
    Upgrade upgrade(Handshake handshake, Accept accept, GrizzlyChannel channel) {
        RequestContext request =
                RequestContext.Builder.create()
                        .requestURI(URI.create(handshake.request().path()))
                        .secure(handshake.request().secure())
                        .remoteAddr(handshake.request().remoteAddress())
                        .parameterMap(Map.of())
                        .tyrusProperties(Map.of())
                        .userPrincipal(new Admission(accept, channel))
                        .build();
        Map<String, List<String>> headers = request.getHeaders();
        headers.put("Upgrade", List.of("websocket"));
        headers.put("Connection", List.of("Upgrade"));
        headers.put("Sec-WebSocket-Version", List.of("13"));
        headers.put("Host", List.of(handshake.request().header("host").orElse("")));
        headers.put(
                "Sec-WebSocket-Key",
                List.of(handshake.request().header("sec-websocket-key").orElseThrow()));
        accept.subprotocol()
                .ifPresent(name -> headers.put("Sec-WebSocket-Protocol", List.of(name)));
        TyrusUpgradeResponse response = new TyrusUpgradeResponse();
        WebSocketEngine.UpgradeInfo info = container.engine.upgrade(request, response);
        if (info.getStatus() != WebSocketEngine.UpgradeStatus.SUCCESS
                || response.getStatus() != 101) {
            throw new IllegalStateException(
                    "Tyrus refused a good handshake with " + response.getStatus());
        }
        return new Upgrade(text(response), info);
    }

    private static String text(TyrusUpgradeResponse response) {
        StringBuilder head = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\n");
        response.getHeaders()
                .forEach(
                        (name, values) ->
                                head.append(name)
                                        .append(": ")
                                        .append(String.join(", ", values))
                                        .append("\r\n"));
        return head.append("\r\n").toString();
    }

    void close() {
        container.shutdown();
    }

    /** Carries what a route decided to the endpoint; Tyrus hands a principal through unchanged. */
    private record Admission(Accept accept, GrizzlyChannel channel) implements Principal {
        @Override
        public String getName() {
            return channel.id();
        }
    }

    /**
     * The Jakarta endpoint of every route: passes what the session brings to the route's handler.
     */
    public static final class RouteEndpoint extends Endpoint { // public: Tyrus calls by reflection
        private @Nullable GrizzlyChannel channel;
        private @Nullable WebSocketHandler handler;

        @Override
        public void onOpen(Session session, EndpointConfig config) {
            Admission admission = (Admission) requireNonNull(session.getUserPrincipal());
            GrizzlyChannel opened = admission.channel();
            channel = opened;
            WebSocketHandler told = admission.accept().opens().apply(opened);
            handler = told;
            session.addMessageHandler(String.class, (MessageHandler.Whole<String>) told::onText);
            session.addMessageHandler(
                    ByteBuffer.class,
                    (MessageHandler.Whole<ByteBuffer>)
                            data -> {
                                byte[] bytes = new byte[data.remaining()];
                                data.get(bytes);
                                told.onBinary(bytes);
                            });
        }

        @Override
        public void onClose(Session session, CloseReason reason) {
            WebSocketHandler told = handler;
            handler = null;
            if (told != null && channel != null) {
                told.onClosed(channel.closing().orElseGet(() -> CloseReasons.fromJakarta(reason)));
            }
        }

        @Override
        public void onError(Session session, Throwable error) {
            LOG.log(Level.ERROR, "A WebSocket handler failed; its connection is closed.", error);
            if (channel != null) {
                channel.closeAtOnce(
                        new org.freelims.sync.transport.CloseReason(
                                org.freelims.sync.transport.CloseReason.INTERNAL,
                                "the server failed"));
            }
        }
    }

    private static final class Configurator extends ServerEndpointConfig.Configurator {
        @Override
        public <T> T getEndpointInstance(Class<T> endpointClass) {
            return endpointClass.cast(new RouteEndpoint());
        }

        @Override
        public String getNegotiatedSubprotocol(List<String> supported, List<String> requested) {
            return requested.isEmpty() ? "" : requested.get(0); // only the chosen one is passed on
        }

        @Override
        public boolean checkOrigin(String originHeaderValue) {
            return true; // judged before Tyrus was asked
        }
    }

    private static final class Container extends TyrusServerContainer {
        final TyrusWebSocketEngine engine =
                TyrusWebSocketEngine.builder(this).incomingBufferSize(READ_BYTES).build();

        Container() {
            super((Set<Class<?>>) null);
        }

        @Override
        public void register(Class<?> endpointClass) throws DeploymentException {
            engine.register(endpointClass, "");
        }

        @Override
        public void register(ServerEndpointConfig config) throws DeploymentException {
            engine.register(config, "");
        }

        @Override
        public WebSocketEngine getWebSocketEngine() {
            return engine;
        }

        @Override
        public Map<String, Object> getProperties() {
            return Map.of();
        }
    }
}
