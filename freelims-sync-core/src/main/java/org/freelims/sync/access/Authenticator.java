package org.freelims.sync.access;

import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;

/** Tells who a token belongs to. Implementations are thread-safe and may do I/O and block. */
@FunctionalInterface
public interface Authenticator {
    /**
     * Returns who the token belongs to.
     *
     * @throws SyncException {@link ErrorCode#BAD_TOKEN} if it is not valid, with the same message
     *     whatever the reason; {@link ErrorCode#UNAVAILABLE} if that can't be told now
     */
    Principal authenticate(String token);

    /** Returns an authenticator that knows no token. */
    static Authenticator none() {
        return token -> {
            throw badToken();
        };
    }

    /** Returns the one answer to every kind of bad token. */
    static SyncException badToken() {
        return new SyncException(
                ErrorCode.BAD_TOKEN, "The token is not valid. Sign in again to get a new one.");
    }
}
