/** Tests of what one client's trouble does to the others. */
@NullMarked
package org.freelims.sync.session;

import org.jspecify.annotations.NullMarked;
