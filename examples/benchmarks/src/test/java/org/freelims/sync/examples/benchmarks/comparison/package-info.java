@NullMarked
package org.freelims.sync.examples.benchmarks.comparison;

import org.jspecify.annotations.NullMarked;
