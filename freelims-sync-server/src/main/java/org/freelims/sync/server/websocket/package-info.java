/**
 * The sync protocol as a Jakarta WebSocket endpoint, for any container that has them: Tomcat,
 * Jetty, Undertow, Tyrus. It needs core and {@code jakarta.websocket} alone.
 */
@NullMarked
package org.freelims.sync.server.websocket;

import org.jspecify.annotations.NullMarked;
