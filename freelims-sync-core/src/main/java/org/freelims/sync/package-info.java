/** The hub: what an application builds, starts and hands its connections to. */
@NullMarked
package org.freelims.sync;

import org.jspecify.annotations.NullMarked;
