/**
 * What a transport implements (Connection) and calls (ConnectionListener), and the shared frames
 * between them.
 */
@NullMarked
package org.freelims.sync.transport;

import org.jspecify.annotations.NullMarked;
