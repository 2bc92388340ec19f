/**
 * How the client reaches a server: the {@code ClientTransport} SPI, and transports on java.net.http
 * and on Tyrus.
 */
@NullMarked
package org.freelims.sync.client.transport;

import org.jspecify.annotations.NullMarked;
