@NullMarked
package org.freelims.sync.log;

import org.jspecify.annotations.NullMarked;
