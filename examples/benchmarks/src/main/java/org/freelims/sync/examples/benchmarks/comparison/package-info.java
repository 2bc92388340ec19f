/** Ours and others' servers, given the same fan-out, measured in one run by one load generator. */
@NullMarked
package org.freelims.sync.examples.benchmarks.comparison;

import org.jspecify.annotations.NullMarked;
