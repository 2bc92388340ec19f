/** Subscription expressions, feeds and the registry that finds the feeds a change touches. */
@NullMarked
package org.freelims.sync.subscription;

import org.jspecify.annotations.NullMarked;
