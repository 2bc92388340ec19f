/** The page from which an administrator watches a server, and what it asks the server for. */
@NullMarked
package org.freelims.sync.server.console;

import org.jspecify.annotations.NullMarked;
