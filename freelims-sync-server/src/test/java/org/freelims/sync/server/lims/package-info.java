/** Tests of the reference LIMS. */
@NullMarked
package org.freelims.sync.server.lims;

import org.jspecify.annotations.NullMarked;
