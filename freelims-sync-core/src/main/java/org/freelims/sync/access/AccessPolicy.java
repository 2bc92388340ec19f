package org.freelims.sync.access;

import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;

/**
 * Decides what somebody may see. It is asked when they sign in, and again every few seconds for all
 * who are connected (rule 11). Implementations are thread-safe and may do I/O and block.
 */
@FunctionalInterface
public interface AccessPolicy {
    /**
     * Returns what the principal may see now. Principals with the same rights should get equal
     * views: they then share feeds.
     *
     * @throws SyncException {@link ErrorCode#UNAVAILABLE} if that can't be told now
     */
    View view(Principal principal);

    /**
     * Returns whether somebody who signed in may stay: false ends their connections with {@link
     * ErrorCode#REVOKED}.
     *
     * @throws SyncException {@link ErrorCode#UNAVAILABLE} if that can't be told now; they stay
     */
    default boolean admits(Principal principal) {
        return true;
    }

    /** Returns a policy by which everybody sees everything. */
    static AccessPolicy everything() {
        return principal -> View.everything();
    }
}
