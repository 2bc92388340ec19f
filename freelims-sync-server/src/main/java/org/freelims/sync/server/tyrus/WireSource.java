package org.freelims.sync.server.tyrus;

/**
 * What a {@link WebSocketChannel} pulls complete, encoded WebSocket frames from. {@link
 * OutboxSource} makes one of an {@code Outbox}. The channel never calls it twice at once; it may
 * call on any thread, and calls must return at once.
 */
public interface WireSource {
    /**
     * Adds what is to be written next, in order, up to about {@link Batch#room}.
     *
     * @return whether anything was taken, so that {@link #written} will follow; if not, the channel
     *     asks again at the next {@link WebSocketChannel#flush}
     */
    boolean take(Batch batch);

    /** All that was added at the last {@link #take} is with the operating system. */
    void written();

    /** Where a source puts frames. Confined to the call that it is passed to. */
    interface Batch {
        /**
         * Adds one or more whole WebSocket frames, as {@link WireFrames} makes them; more than
         * there is room for is taken too, and costs another write. The array must never change.
         */
        void add(byte[] frames);

        /** Returns how many more bytes fit into the write; 0 if none. */
        int room();
    }
}
