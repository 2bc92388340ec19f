/** The Java SDK: connect, subscribe, resume. */
@NullMarked
package org.freelims.sync.client;

import org.jspecify.annotations.NullMarked;
