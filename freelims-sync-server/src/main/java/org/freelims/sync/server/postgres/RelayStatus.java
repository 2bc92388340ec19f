package org.freelims.sync.server.postgres;

import java.time.Duration;
import java.util.Optional;
import org.freelims.sync.protocol.Position;

/**
 * How far the log is. Immutable.
 *
 * @param head the newest change
 * @param oldest the oldest position that can be resumed from
 * @param waiting how many committed changes are not logged yet
 * @param lag how long ago the oldest of them was made; empty if there is none
 */
public record RelayStatus(Position head, Position oldest, long waiting, Optional<Duration> lag) {}
