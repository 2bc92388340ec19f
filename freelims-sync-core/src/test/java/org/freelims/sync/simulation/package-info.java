/**
 * A whole sync service on a virtual clock, with faults drawn from a seed, checked against what was
 * committed.
 */
@NullMarked
package org.freelims.sync.simulation;

import org.jspecify.annotations.NullMarked;
