/** The change log: what was committed, in order, and how to read it again. */
@NullMarked
package org.freelims.sync.log;

import org.jspecify.annotations.NullMarked;
