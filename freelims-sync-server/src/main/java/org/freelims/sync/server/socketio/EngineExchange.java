package org.freelims.sync.server.socketio;

import java.util.Optional;
import java.util.function.Consumer;

/** One HTTP request of a polling client. Thread-safe. */
interface EngineExchange extends Poll {
    /** Returns the method, in upper case. */
    String method();

    /** Returns a query parameter, decoded. */
    Optional<String> parameter(String name);

    /** Returns who asks. */
    EngineConnection.Client client();

    /**
     * Reads the body without blocking, then runs one of the two, on any thread. A body that is too
     * big is not read to its end.
     */
    void body(int maxBytes, Consumer<byte[]> whole, Consumer<EngineError> failed);

    /** Says what to do if the client goes away before it has its answer. */
    void onBroken(Runnable broken);
}
