package org.freelims.sync.server.operation;

import java.time.Instant;

/**
 * How often a resource changed since this node started. Immutable.
 *
 * @param changes how many changes were dispatched
 * @param last when the last of them was made
 */
public record ResourceCount(long changes, Instant last) {}
