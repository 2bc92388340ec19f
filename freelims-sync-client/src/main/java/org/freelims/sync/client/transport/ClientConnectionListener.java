package org.freelims.sync.client.transport;

import org.freelims.sync.transport.CloseReason;

/**
 * What a transport tells of one connection. Calls come one after another, in order, and return at
 * once; {@link #onClosed} is the last and comes once, unless the client itself {@linkplain
 * ClientConnection#abort cut} the connection.
 */
public interface ClientConnectionListener {
    /** A whole text message, one for each that was requested. */
    void onText(String text);

    /** Something else arrived, such as a ping: the server is alive. */
    void onAlive();

    /** The connection has ended; {@link CloseReason#BROKEN} if without a close frame. */
    void onClosed(CloseReason reason);
}
