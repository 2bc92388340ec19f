@NullMarked
package org.freelims.sync.server.socketio;

import org.jspecify.annotations.NullMarked;
