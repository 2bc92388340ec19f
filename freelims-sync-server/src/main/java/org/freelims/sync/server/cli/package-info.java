/**
 * The command line of the runnable jar: a server that starts with one command, and the tools around
 * it. Settings come from flags, the environment and a file, in that order.
 */
@NullMarked
package org.freelims.sync.server.cli;

import org.jspecify.annotations.NullMarked;
