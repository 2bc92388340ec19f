/**
 * Real faults on real PostgreSQL, with writers whose ledger is known and clients that tell what
 * they got.
 */
@NullMarked
package org.freelims.sync.server.faults;

import org.jspecify.annotations.NullMarked;
