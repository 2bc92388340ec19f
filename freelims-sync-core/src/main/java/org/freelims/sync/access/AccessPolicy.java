package org.freelims.sync.access;

import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;

/** Decides what somebody may see. Implementations are thread-safe and may do I/O and block. */
@FunctionalInterface
public interface AccessPolicy {
    /**
     * Returns what the principal may see now. Principals with the same rights should get equal
     * views: they then share feeds.
     *
     * @throws SyncException {@link ErrorCode#UNAVAILABLE} if that can't be told now
     */
    View view(Principal principal);

    /** Returns a policy by which everybody sees everything. */
    static AccessPolicy everything() {
        return principal -> View.everything();
    }
}
