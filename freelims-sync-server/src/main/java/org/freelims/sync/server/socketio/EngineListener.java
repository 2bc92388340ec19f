package org.freelims.sync.server.socketio;

import org.freelims.sync.transport.CloseReason;

/**
 * What an engine session tells the layer above. Calls come one after another, in turns of the
 * session, and must return at once; {@link #onClosed} is the last and comes once.
 */
interface EngineListener {
    /**
     * A text message came.
     *
     * @throws org.freelims.sync.protocol.SyncException if it is not what may come; the session
     *     closes
     */
    void onText(String text);

    /** A binary message came; as {@link #onText}. */
    void onBinary(byte[] data);

    /** The session has ended. */
    void onClosed(CloseReason reason);
}
