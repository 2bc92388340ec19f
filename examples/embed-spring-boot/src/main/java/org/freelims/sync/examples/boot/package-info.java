/** A Spring Boot application that serves its changes. */
@NullMarked
package org.freelims.sync.examples.boot;

import org.jspecify.annotations.NullMarked;
