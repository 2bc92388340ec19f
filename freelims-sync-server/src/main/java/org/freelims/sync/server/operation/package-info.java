/** What whoever runs a server needs to see: is it well, how much does it do, what goes slowly. */
@NullMarked
package org.freelims.sync.server.operation;

import org.jspecify.annotations.NullMarked;
