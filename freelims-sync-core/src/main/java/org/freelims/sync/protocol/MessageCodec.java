package org.freelims.sync.protocol;

import java.util.Optional;

/** The messages of PROTOCOL.md as JSON text, both ways. Stateless and thread-safe. */
public final class MessageCodec {
    /** The WebSocket subprotocol. */
    public static final String SUBPROTOCOL = "freelims.sync.v1";

    /** The protocol's version, as {@code welcome} tells it. */
    public static final int VERSION = 1;

    private MessageCodec() {}

    /** Returns the message's JSON. */
    public static String encode(ServerMessage message) {
        return ServerMessageWriter.write(message);
    }

    /**
     * Returns the message's JSON.
     *
     * @throws IllegalArgumentException for {@link ClientMessage.Unreadable}, which stands for a
     *     text that is none
     */
    public static String encode(ClientMessage message) {
        return ClientMessageJson.write(message);
    }

    /**
     * Reads what a client sent. Never fails: a text that is no message is {@link
     * ClientMessage.Unreadable}.
     */
    public static ClientMessage decodeClient(String text) {
        return ClientMessageJson.read(text);
    }

    /**
     * Reads what a server sent; empty if it is of a type that this version does not know, which is
     * to be ignored.
     *
     * @throws SyncException {@link ErrorCode#MALFORMED} if it is no message at all
     */
    public static Optional<ServerMessage> decodeServer(String text) {
        return ServerMessageReader.read(text);
    }
}
