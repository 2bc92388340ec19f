/**
 * The messages of PROTOCOL.md as types, their JSON, positions and error codes. Depends on nothing
 * of ours.
 */
@NullMarked
package org.freelims.sync.protocol;

import org.jspecify.annotations.NullMarked;
