package org.freelims.sync.client.transport;

import static java.util.Objects.requireNonNull;

import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.CloseReason;
import jakarta.websocket.DeploymentException;
import java.io.IOException;
import java.util.Map;
import org.glassfish.tyrus.container.grizzly.client.GrizzlyClientContainer;
import org.glassfish.tyrus.spi.ClientEngine;
import org.glassfish.tyrus.spi.Connection;
import org.glassfish.tyrus.spi.ReadHandler;
import org.glassfish.tyrus.spi.UpgradeRequest;
import org.glassfish.tyrus.spi.UpgradeResponse;
import org.glassfish.tyrus.spi.Writer;
import org.jspecify.annotations.Nullable;

/**
 * Tyrus' Grizzly container, with the connection looking on: the Jakarta API tells neither the HTTP
 * status of a refusal nor that a ping arrived, and its {@code Session.close} waits for a dead
 * server for ever. Public because Tyrus makes it by name.
 */
public final class WatchedContainer extends GrizzlyClientContainer {
    static final String CONNECTION = WatchedContainer.class.getName() + ".connection";

    /** Called by Tyrus. */
    public WatchedContainer() {}

    @Override
    public void openClientSocket(
            ClientEndpointConfig config, Map<String, Object> properties, ClientEngine engine)
            throws DeploymentException, IOException {
        TyrusConnection connection =
                (TyrusConnection)
                        requireNonNull(config.getUserProperties().get(CONNECTION), CONNECTION);
        super.openClientSocket(config, properties, new WatchedEngine(engine, connection));
    }

    private record WatchedEngine(ClientEngine engine, TyrusConnection connection)
            implements ClientEngine {
        @Override
        public UpgradeRequest createUpgradeRequest(@Nullable TimeoutHandler handler) {
            return engine.createUpgradeRequest(handler);
        }

        @Override
        public ClientUpgradeInfo processResponse(
                UpgradeResponse response, Writer writer, Connection.CloseListener listener) {
            connection.onResponse(response.getStatus(), response.getFirstHeaderValue("Location"));
            connection.onWriter(writer);
            ClientUpgradeInfo info = engine.processResponse(response, writer, listener);
            return new ClientUpgradeInfo() {
                @Override
                public ClientUpgradeStatus getUpgradeStatus() {
                    return info.getUpgradeStatus();
                }

                @Override
                public Connection createConnection() {
                    return new WatchedConnection(info.createConnection(), connection);
                }
            };
        }

        @Override
        public void processError(Throwable failure) {
            engine.processError(failure);
        }
    }

    private record WatchedConnection(Connection inner, TyrusConnection connection)
            implements Connection {
        @Override
        public ReadHandler getReadHandler() {
            ReadHandler reader = inner.getReadHandler();
            return bytes -> {
                connection.onBytes();
                reader.handle(bytes);
            };
        }

        @Override
        public Writer getWriter() {
            return inner.getWriter();
        }

        @Override
        public CloseListener getCloseListener() {
            return inner.getCloseListener();
        }

        @Override
        public void close(CloseReason reason) {
            inner.close(reason);
        }
    }
}
