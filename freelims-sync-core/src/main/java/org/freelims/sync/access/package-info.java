/** Who somebody is and what they may see. */
@NullMarked
package org.freelims.sync.access;

import org.jspecify.annotations.NullMarked;
