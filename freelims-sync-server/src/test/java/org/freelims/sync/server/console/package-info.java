@NullMarked
package org.freelims.sync.server.console;

import org.jspecify.annotations.NullMarked;
