package org.freelims.sync.server.tyrus;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiFunction;
import org.freelims.sync.access.Authenticator;
import org.freelims.sync.access.Principal;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.transport.Connection;
import org.freelims.sync.transport.ConnectionListener;

/**
 * The sync protocol's own WebSocket: {@code freelims.sync.v1}, or no subprotocol for clients that
 * can't ask for one. A token comes as {@code Authorization: Bearer}, or as a one-time {@code
 * ?ticket=}; any other token in an address would end up in logs and histories, so none is read.
 * Without either the client may still authenticate by message. Thread-safe.
 */
final class SyncRoute implements WebSocketRoute {
    private final BiFunction<Connection, Optional<Principal>, ConnectionListener> hub;
    private final Authenticator tokens;
    private final Authenticator tickets;
    private final Executor blocking;
    private final long outboxBytes;
    private final int maxMessageBytes;

    /**
     * @param hub takes a connection over, as {@code SyncHub.open}
     * @param blocking where tokens are looked up; may refuse when it has too much to do
     */
    SyncRoute(
            BiFunction<Connection, Optional<Principal>, ConnectionListener> hub,
            Authenticator tokens,
            Authenticator tickets,
            Executor blocking,
            long outboxBytes,
            int maxMessageBytes) {
        this.hub = requireNonNull(hub, "hub");
        this.tokens = requireNonNull(tokens, "tokens");
        this.tickets = requireNonNull(tickets, "tickets");
        this.blocking = requireNonNull(blocking, "blocking");
        this.outboxBytes = outboxBytes;
        this.maxMessageBytes = maxMessageBytes;
    }

    @Override
    public OptionalInt maxMessageBytes() {
        return OptionalInt.of(maxMessageBytes);
    }

    @Override
    public CompletionStage<Verdict> judge(Handshake handshake) {
        Optional<String> chosen =
                handshake.subprotocols().stream()
                        .filter(MessageCodec.SUBPROTOCOL::equals)
                        .findFirst();
        if (chosen.isEmpty() && !handshake.subprotocols().isEmpty()) {
            return WebSocketRoute.refuse(
                    Refusal.of(
                            400,
                            "The server speaks the subprotocol "
                                    + MessageCodec.SUBPROTOCOL
                                    + "; offer it, or none."));
        }
        Optional<String> bearer = handshake.request().bearerToken();
        Optional<String> ticket = handshake.request().parameter("ticket");
        if (bearer.isEmpty() && ticket.isEmpty()) {
            boolean other = handshake.request().header("authorization").isPresent();
            return other
                    ? WebSocketRoute.refuse(unauthorized(Authenticator.badToken()))
                    : CompletableFuture.completedStage(accept(chosen, Optional.empty()));
        }
        try {
            return CompletableFuture.supplyAsync(
                    () -> {
                        Authenticator authenticator = bearer.isPresent() ? tokens : tickets;
                        String token = bearer.or(() -> ticket).orElseThrow();
                        return authenticated(chosen, authenticator, token);
                    },
                    blocking);
        } catch (RejectedExecutionException e) {
            return WebSocketRoute.refuse(
                    unavailable("Too many clients are signing in at once. Try again later."));
        }
    }

    private Verdict authenticated(
            Optional<String> subprotocol, Authenticator authenticator, String token) {
        try {
            return accept(subprotocol, Optional.of(authenticator.authenticate(token)));
        } catch (SyncException e) {
            return new Verdict.Refuse(
                    e.code() == ErrorCode.UNAVAILABLE
                            ? unavailable(e.getMessage())
                            : unauthorized(e));
        }
    }

    private Verdict accept(Optional<String> subprotocol, Optional<Principal> principal) {
        return new Verdict.Accept(
                subprotocol,
                channel -> {
                    TyrusConnection connection = new TyrusConnection(channel, outboxBytes);
                    connection.listener(hub.apply(connection, principal));
                    return connection;
                });
    }

    private static Refusal unauthorized(SyncException e) {
        return Refusal.of(401, e.getMessage(), Map.of("WWW-Authenticate", "Bearer"));
    }

    private static Refusal unavailable(String detail) {
        return Refusal.of(503, detail, Map.of("Retry-After", "5"));
    }
}
