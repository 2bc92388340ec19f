/** What is hot, measured alone with JMH. */
@NullMarked
package org.freelims.sync.examples.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
