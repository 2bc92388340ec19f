/**
 * The server as clients meet it: the real ones, through real proxies. These tests need what {@code
 * .ci/tools} installs and run with {@code -Pe2e} only.
 */
@NullMarked
package org.freelims.sync.server.e2e;

import org.jspecify.annotations.NullMarked;
