/** What the tests of several packages use. */
@NullMarked
package org.freelims.sync.server;

import org.jspecify.annotations.NullMarked;
