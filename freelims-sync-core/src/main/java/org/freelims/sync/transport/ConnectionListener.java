package org.freelims.sync.transport;

import org.freelims.sync.protocol.ClientMessage;

/**
 * What a transport tells of one connection. Calls for one connection come one after another, in
 * order, and return at once; {@link #onDrained} alone may come at any time. {@link #onClosed} is
 * the last call and always comes, once.
 */
public interface ConnectionListener {
    /** The client sent this text message of the sync protocol. */
    void onText(String text);

    /** The client said this, in a protocol of the transport's own. */
    void onMessage(ClientMessage message);

    /** What {@link Connection#requestDrained} asked for. */
    void onDrained();

    /** The connection has ended, for this reason. */
    void onClosed(CloseReason reason);
}
