package org.freelims.sync.server.websocket;

import static java.util.Objects.requireNonNull;

import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.security.Principal;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.freelims.sync.SyncHub;
import org.freelims.sync.protocol.MessageCodec;

/**
 * Describes the endpoint to a container: {@code
 * serverContainer.addEndpoint(SyncEndpointConfig.of(hub) .allowingOrigins(...).build())}. Not
 * thread-safe; what it builds is.
 *
 * <p>Who a client is, is the application's to say: by {@link #principals} from the principal that
 * the container's own sign-in found, else the client authenticates by message.
 *
 * <p>The container decides how handshakes are refused. {@link #allowingOrigins} refuses pages of
 * other origins where the container heeds {@code checkOrigin}; put the container's own access
 * control before the endpoint where that matters.
 */
public final class SyncEndpointConfig {
    /** Where the endpoint is, unless said otherwise. */
    public static final String PATH = "/sync";

    private final SyncHub hub;
    private String path = PATH;
    private Predicate<String> origins = origin -> false;
    private Function<Principal, Optional<org.freelims.sync.access.Principal>> principals =
            principal -> Optional.empty();

    private SyncEndpointConfig(SyncHub hub) {
        this.hub = requireNonNull(hub, "hub");
    }

    /** Returns a description of the endpoint that hands its connections to this hub. */
    public static SyncEndpointConfig of(SyncHub hub) {
        return new SyncEndpointConfig(hub);
    }

    /** The path; {@link #PATH}. */
    public SyncEndpointConfig path(String path) {
        this.path = requireNonNull(path, "path");
        return this;
    }

    /**
     * The web pages that may connect, told by their {@code Origin}; none. A client that sends no
     * origin is no browser and may.
     */
    public SyncEndpointConfig allowingOrigins(Predicate<String> origins) {
        this.origins = requireNonNull(origins, "origins");
        return this;
    }

    /**
     * Who somebody is whom the container has signed in; empty leaves it to the client's message.
     */
    public SyncEndpointConfig principals(
            Function<Principal, Optional<org.freelims.sync.access.Principal>> principals) {
        this.principals = requireNonNull(principals, "principals");
        return this;
    }

    /** Returns what a container takes. */
    public ServerEndpointConfig build() {
        return ServerEndpointConfig.Builder.create(SyncEndpoint.class, path)
                .subprotocols(List.of(MessageCodec.SUBPROTOCOL))
                .configurator(new Configurator(hub, origins, principals))
                .build();
    }

    private static final class Configurator extends ServerEndpointConfig.Configurator {
        private final SyncHub hub;
        private final Predicate<String> origins;
        private final Function<Principal, Optional<org.freelims.sync.access.Principal>> principals;

        Configurator(
                SyncHub hub,
                Predicate<String> origins,
                Function<Principal, Optional<org.freelims.sync.access.Principal>> principals) {
            this.hub = hub;
            this.origins = origins;
            this.principals = principals;
        }

        @Override
        public <T> T getEndpointInstance(Class<T> endpointClass) {
            return endpointClass.cast(
                    new SyncEndpoint(
                            hub::open,
                            principals,
                            hub.limits().pendingBytes(),
                            hub.limits().maxMessageBytes()));
        }

        @Override
        public boolean checkOrigin(String origin) {
            return origin == null || origin.isEmpty() || origins.test(origin);
        }

        @Override
        public void modifyHandshake(
                ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
            // refusing here is not safe: some containers answer the status and open the session
        }
    }
}
