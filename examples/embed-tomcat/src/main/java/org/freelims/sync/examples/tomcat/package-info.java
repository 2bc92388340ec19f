/** A plain servlet application that serves its changes. */
@NullMarked
package org.freelims.sync.examples.tomcat;

import org.jspecify.annotations.NullMarked;
