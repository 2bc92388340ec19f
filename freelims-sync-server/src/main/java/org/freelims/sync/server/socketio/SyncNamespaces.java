package org.freelims.sync.server.socketio;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.Authenticator;
import org.freelims.sync.access.Principal;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;

/**
 * The namespaces {@code /} and {@code /ws}, which do the same: each client in one of them is a
 * connection of the hub's. Thread-safe.
 */
final class SyncNamespaces implements SocketApplication {
    private final SyncHub hub;
    private final Authenticator authenticator;
    private final boolean allowAnonymous;
    private final long capBytes;
    private final Executor blocking;
    private final Map<String, EventEncoding> encodings =
            Map.of("/", new EventEncoding("/"), "/ws", new EventEncoding("/ws"));

    /**
     * @param allowAnonymous whether clients without a token are let in; as the hub's setting
     * @param capBytes what may wait for one client, as the hub's limit
     * @param blocking runs the authenticator
     */
    SyncNamespaces(
            SyncHub hub,
            Authenticator authenticator,
            boolean allowAnonymous,
            long capBytes,
            Executor blocking) {
        this.hub = requireNonNull(hub, "hub");
        this.authenticator = requireNonNull(authenticator, "authenticator");
        this.allowAnonymous = allowAnonymous;
        this.capBytes = capBytes;
        this.blocking = requireNonNull(blocking, "blocking");
    }

    @Override
    public Optional<CompletionStage<Function<SocketConnection, Listener>>> connect(
            String namespace, EngineConnection.Client client, ObjectNode auth) {
        EventEncoding encoding = encodings.get(namespace);
        if (encoding == null) {
            return Optional.empty();
        }
        return Optional.of(
                principal(client, auth)
                        .thenApply(
                                principal ->
                                        connection ->
                                                SyncSocket.open(
                                                        hub,
                                                        principal,
                                                        connection,
                                                        encoding,
                                                        capBytes)));
    }

    private CompletionStage<Optional<Principal>> principal(
            EngineConnection.Client client, ObjectNode auth) {
        JsonNode given = auth.path("token");
        if (!given.isMissingNode() && !given.isNull() && !given.isTextual()) {
            return CompletableFuture.failedStage(Authenticator.badToken());
        }
        Optional<String> token =
                Optional.ofNullable(given.textValue())
                        .filter(text -> !text.isBlank())
                        .or(client::bearerToken);
        if (token.isPresent()) {
            return CompletableFuture.supplyAsync(
                    () -> Optional.of(authenticator.authenticate(token.get())), blocking);
        }
        return allowAnonymous
                ? CompletableFuture.completedStage(Optional.empty())
                : CompletableFuture.failedStage(
                        new SyncException(
                                ErrorCode.UNAUTHENTICATED,
                                "Sign in first, then connect with auth {\"token\": ...}."));
    }
}
