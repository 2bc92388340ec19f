/**
 * The server on one port: WebSocket by Tyrus behind a door of our own, REST by Jersey, static files
 * and other handlers, all on one Grizzly listener.
 */
@NullMarked
package org.freelims.sync.server.tyrus;

import org.jspecify.annotations.NullMarked;
