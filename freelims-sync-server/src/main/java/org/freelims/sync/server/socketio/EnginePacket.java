package org.freelims.sync.server.socketio;

/** One Engine.IO 4 packet as a client sends it. Immutable; binary data must not be modified. */
sealed interface EnginePacket {
    /** A packet that carries nothing. */
    enum Signal implements EnginePacket {
        /** {@code 1}: the session is over. */
        CLOSE,
        /** {@code 5}: everything comes over this WebSocket from now on. */
        UPGRADE,
        /** {@code 6}: nothing, to end a request that waits. */
        NOOP
    }

    /** {@code 2}, from a client only to probe a WebSocket. */
    record Ping(String data) implements EnginePacket {}

    /** {@code 3}: still there. */
    record Pong(String data) implements EnginePacket {}

    /** {@code 4} and a text. */
    record Message(String text) implements EnginePacket {}

    /** A binary frame, or {@code b} and Base64 over polling. */
    final class Binary implements EnginePacket {
        private final byte[] data;

        Binary(byte[] data) {
            this.data = data;
        }

        /** Returns the data, shared: not to be modified. */
        byte[] data() {
            return data;
        }
    }
}
