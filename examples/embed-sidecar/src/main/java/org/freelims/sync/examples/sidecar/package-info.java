/** A program beside an application on another database. */
@NullMarked
package org.freelims.sync.examples.sidecar;

import org.jspecify.annotations.NullMarked;
