/**
 * PostgreSQL as the source of changes: capture of an application's tables, the outbox, the relay
 * that puts committed transactions in order, the log, and snapshots that fit it exactly.
 */
@NullMarked
package org.freelims.sync.server.postgres;

import org.jspecify.annotations.NullMarked;
