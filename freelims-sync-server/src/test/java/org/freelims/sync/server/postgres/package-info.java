@NullMarked
package org.freelims.sync.server.postgres;

import org.jspecify.annotations.NullMarked;
