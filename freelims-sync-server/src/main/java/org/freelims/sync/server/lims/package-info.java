/**
 * The reference LIMS: FreeLIMS' tables and its REST API. It writes the tables and nothing else;
 * that clients hear of a change is the work of capture, so a change by any other program is heard
 * of just the same.
 */
@NullMarked
package org.freelims.sync.server.lims;

import org.jspecify.annotations.NullMarked;
