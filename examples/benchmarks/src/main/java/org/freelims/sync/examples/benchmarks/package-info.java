/** Servers to measure. */
@NullMarked
package org.freelims.sync.examples.benchmarks;

import org.jspecify.annotations.NullMarked;
