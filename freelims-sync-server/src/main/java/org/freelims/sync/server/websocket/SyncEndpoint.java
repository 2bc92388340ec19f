package org.freelims.sync.server.websocket;

import static java.util.Objects.requireNonNull;

import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.Session;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.Principal;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.freelims.sync.transport.Connection;
import org.freelims.sync.transport.ConnectionListener;
import org.jspecify.annotations.Nullable;

/**
 * One client's endpoint; containers make one a session by {@link SyncEndpointConfig}. Confined to
 * the container's threads, which call it one at a time.
 */
public final class SyncEndpoint extends Endpoint {
    private static final Logger LOG = System.getLogger(SyncEndpoint.class.getName());

    private final BiFunction<
                    Connection, Optional<org.freelims.sync.access.Principal>, ConnectionListener>
            hub;
    private final Function<Principal, Optional<org.freelims.sync.access.Principal>> principals;
    private final long outboxBytes;
    private final int maxMessageBytes;
    private @Nullable JakartaConnection connection;

    SyncEndpoint(
            BiFunction<Connection, Optional<org.freelims.sync.access.Principal>, ConnectionListener>
                    hub,
            Function<Principal, Optional<org.freelims.sync.access.Principal>> principals,
            long outboxBytes,
            int maxMessageBytes) {
        this.hub = requireNonNull(hub, "hub");
        this.principals = requireNonNull(principals, "principals");
        this.outboxBytes = outboxBytes;
        this.maxMessageBytes = maxMessageBytes;
    }

    @Override
    public void onOpen(Session session, EndpointConfig config) {
        session.setMaxTextMessageBufferSize(maxMessageBytes);
        session.setMaxIdleTimeout(
                0); // quiet is normal; the hub's heartbeats show a dead connection
        JakartaConnection opened = new JakartaConnection(session, outboxBytes);
        connection = opened;
        Optional<org.freelims.sync.access.Principal> principal =
                Optional.ofNullable(session.getUserPrincipal()).flatMap(principals);
        opened.listener(hub.apply(opened, principal));
        session.addMessageHandler(String.class, (MessageHandler.Whole<String>) opened::text);
    }

    @Override
    public void onClose(Session session, CloseReason reason) {
        if (connection != null) {
            connection.closed(reason);
        }
    }

    @Override
    public void onError(Session session, Throwable error) {
        LOG.log(Level.DEBUG, "A WebSocket session broke.", error);
        if (connection != null) {
            connection.terminate();
        }
    }
}
