/** An integrator's program: results of an instrument for new samples. */
@NullMarked
package org.freelims.sync.examples.instrument;

import org.jspecify.annotations.NullMarked;
