/** Tests of accounts, tokens and allowed origins. */
@NullMarked
package org.freelims.sync.server.security;

import org.jspecify.annotations.NullMarked;
