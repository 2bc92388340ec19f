/**
 * A real PostgreSQL for laboratories that have none: unpacked, initialised, started, adopted and
 * stopped by {@link org.freelims.sync.server.embedded.EmbeddedPostgres}. It keeps its promises as
 * any PostgreSQL does: fsync on, passwords checked, loopback only.
 */
@NullMarked
package org.freelims.sync.server.embedded;

import org.jspecify.annotations.NullMarked;
