/** Tests of the command line, run as processes of their own. */
@NullMarked
package org.freelims.sync.server.cli;

import org.jspecify.annotations.NullMarked;
