package org.freelims.sync.server.security;

import java.util.Optional;

/** Checks bearer tokens. Implementations are thread-safe and may do I/O and block. */
@FunctionalInterface
public interface TokenVerifier {
    /**
     * Returns what the token says if it is good now. A token that is not is told from another by
     * nothing: not by why, and not by an exception.
     */
    Optional<Token> verify(String serialized);

    /** Returns a verifier that takes what this one takes, and what the other does. */
    default TokenVerifier or(TokenVerifier other) {
        return serialized -> verify(serialized).or(() -> other.verify(serialized));
    }
}
