/** Servers of others' making, given the same work as ours. */
@NullMarked
package org.freelims.sync.examples.peers;

import org.jspecify.annotations.NullMarked;
