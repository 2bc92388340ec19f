package org.freelims.sync.server.tyrus;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * What answers WebSocket handshakes on the paths it is mounted on, {@code
 * SyncServer.builder().route(path, route)}. Thread-safe.
 *
 * <p>The server asks only about handshakes that RFC 6455 and its own settings allow: method,
 * headers, key, version, origin, the number of connections.
 */
@FunctionalInterface
public interface WebSocketRoute {
    /**
     * Decides about a handshake. Called on a selector thread: must not block. What needs I/O, such
     * as looking a token up, completes the result later; the client waits up to the handshake
     * timeout. A stage that fails refuses with 500.
     */
    CompletionStage<Verdict> judge(Handshake handshake);

    /**
     * Returns how long a message of a client may be, in bytes; empty for the server's {@link
     * ConnectionLimits#messageBytes}. A longer one closes with 1009 before it is read.
     */
    default OptionalInt maxMessageBytes() {
        return OptionalInt.empty();
    }

    /** What a route decided. */
    sealed interface Verdict {
        /**
         * The WebSocket opens.
         *
         * @param subprotocol the one chosen of those the client offered; empty for none
         * @param opens called once when the channel can send; returns who is told what comes in. It
         *     may send at once, and must not block
         */
        record Accept(
                Optional<String> subprotocol, Function<WebSocketChannel, WebSocketHandler> opens)
                implements Verdict {
            public Accept {
                requireNonNull(subprotocol, "subprotocol");
                requireNonNull(opens, "opens");
            }
        }

        /** The WebSocket does not open; nothing the client sent after is looked at. */
        record Refuse(Refusal refusal) implements Verdict {
            public Refuse {
                requireNonNull(refusal, "refusal");
            }
        }
    }

    /** Returns the verdict that opens a WebSocket without a subprotocol. */
    static CompletionStage<Verdict> accept(Function<WebSocketChannel, WebSocketHandler> opens) {
        return CompletableFuture.completedStage(new Verdict.Accept(Optional.empty(), opens));
    }

    /** Returns the verdict that refuses. */
    static CompletionStage<Verdict> refuse(Refusal refusal) {
        return CompletableFuture.completedStage(new Verdict.Refuse(refusal));
    }
}
