/** Tests of the server on one port, from the outside: raw sockets, no WebSocket library. */
@NullMarked
package org.freelims.sync.server.tyrus;

import org.jspecify.annotations.NullMarked;
