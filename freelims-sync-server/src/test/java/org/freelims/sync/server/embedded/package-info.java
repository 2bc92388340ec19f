@NullMarked
package org.freelims.sync.server.embedded;

import org.jspecify.annotations.NullMarked;
