/** Who is asking, and what they may see: accounts, passwords, tokens, roles and allowed origins. */
@NullMarked
package org.freelims.sync.server.security;

import org.jspecify.annotations.NullMarked;
