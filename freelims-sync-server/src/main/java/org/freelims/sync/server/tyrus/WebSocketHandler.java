package org.freelims.sync.server.tyrus;

import org.freelims.sync.transport.CloseReason;

/**
 * Is told what one WebSocket's client sends. Calls for one channel come one after another, in
 * order, on the selector thread of the connection: they must return at once. {@link #onClosed} is
 * the last call and always comes, once.
 */
public interface WebSocketHandler {
    /** A whole text message, valid UTF-8 and within the limit of its length. */
    void onText(String text);

    /** A whole binary message, within the limit of its length; the array is the handler's. */
    void onBinary(byte[] data);

    /**
     * The channel has ended. {@link CloseReason#BROKEN} says that it ended without a close frame.
     */
    void onClosed(CloseReason reason);
}
