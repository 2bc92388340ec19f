/** One client's conversation as a state machine without I/O. */
@NullMarked
package org.freelims.sync.session;

import org.jspecify.annotations.NullMarked;
