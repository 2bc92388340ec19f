package org.freelims.sync.server.tyrus;

import java.util.function.Consumer;

/**
 * A request that is to be answered once; the first answer counts. Thread-safe; no method blocks.
 *
 * <p>The connection's next request is looked at when this one's answer is written.
 */
public interface HttpExchange {
    /** Why a body can't be had. */
    enum BodyFailure {
        /** It is longer than allowed; the rest of it is not read. */
        TOO_BIG,
        /** It broke off, or was not as HTTP has it; nobody waits for an answer. */
        BROKEN
    }

    /**
     * Reads the body, then runs one of the two, on any thread, maybe before this returns. Before
     * this is called no more of it is read than comes with the header. May be called once.
     *
     * @param maxBytes the longest body that is read
     */
    void body(int maxBytes, Consumer<byte[]> whole, Consumer<BodyFailure> failed);

    /**
     * Says what to do, on any thread, if the client goes away before it has been given an answer;
     * at once if it has gone.
     */
    void onBroken(Runnable broken);

    /**
     * Answers. An answer before the whole body came ends the connection.
     *
     * @param written run when the answer is with the operating system, on any thread
     * @param failed run instead if it could not be written or is not the first, on any thread
     */
    void answer(HttpAnswer answer, Runnable written, Runnable failed);
}
