package org.freelims.sync.server.socketio;

/** A GET that waits for its answer. The first answer counts. */
interface Poll {
    /**
     * Answers with packets.
     *
     * @param written run when they are with the operating system, on any thread
     * @param failed run instead if they could not be written, on any thread
     */
    void answer(byte[] payload, Runnable written, Runnable failed);

    /** Answers that this can't be served. */
    void refuse(EngineError error);
}
