package org.freelims.sync.server.socketio;

/**
 * What an engine session pulls packets from besides its own answers: one namespace's outbox. Never
 * called twice at once; calls may come on any thread and must return at once.
 */
interface OutboundSource {
    /**
     * Adds what is to be sent next, in order, up to about {@link Sink#room} and no more than {@link
     * Sink#packets}; if anything was added, {@link #written} follows.
     */
    void take(Sink sink);

    /** All that was added is with the operating system. */
    void written();

    /** Returns whether {@link #take} would add something now. */
    boolean hasMore();

    /** Where packets go. Confined to the call that it is passed to. */
    interface Sink {
        void add(WirePacket packet);

        /** Returns how many more bytes are wanted; 0 if none. */
        int room();

        /** Returns how many more packets are wanted; {@link #ANY_NUMBER} if that is no matter. */
        int packets();

        /** What {@link #packets} says if only bytes count. */
        int ANY_NUMBER = Integer.MAX_VALUE;
    }
}
