package org.freelims.sync.server.socketio;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.freelims.sync.transport.CloseReason;

/** What lives behind the namespaces of a Socket.IO server. Thread-safe. */
interface SocketApplication {
    /**
     * Decides about a CONNECT. Returns at once; what has to be looked up completes the stage later.
     *
     * <p>The stage's function is called, in a turn of the session, once the client has been told
     * that it is connected; it returns who is told of its events. A stage that fails with a {@code
     * SyncException} refuses the client with that message.
     *
     * @param auth what the client sent along; empty if nothing
     * @return empty if there is no such namespace
     */
    Optional<CompletionStage<Function<SocketConnection, Listener>>> connect(
            String namespace, EngineConnection.Client client, ObjectNode auth);

    /** Is told what one client does in one namespace; in turns of its session, one at a time. */
    interface Listener {
        /** The client emitted an event. */
        void onEvent(SocketPacket.Event event);

        /** The client left the namespace, or its session ended; the last call. */
        void onClosed(CloseReason reason);
    }
}
