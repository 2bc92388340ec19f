/**
 * Engine.IO 4 and Socket.IO 5: one more transport of the hub, for clients that speak FreeLIMS'
 * events. From the wire inwards: {@code EngineServer} and {@code EngineSession} (sessions over
 * polling and WebSocket), {@code SocketSession} (namespaces, events, acknowledgements), {@code
 * SyncNamespace} (FreeLIMS' events to the hub's messages and back).
 */
@NullMarked
package org.freelims.sync.server.socketio;

import org.jspecify.annotations.NullMarked;
