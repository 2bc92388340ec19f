@NullMarked
package org.freelims.sync.server.operation;

import org.jspecify.annotations.NullMarked;
