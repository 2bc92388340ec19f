package org.freelims.sync.examples.tomcat;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who is signed in: stands for whatever your application has for that. It knows nothing of sync.
 * Thread-safe.
 */
final class Sessions {
    private static final int TOKEN_BYTES = 24;

    private final Map<String, String> passwords;
    private final Map<String, String> users = new ConcurrentHashMap<>();
    private final SecureRandom random = new SecureRandom();

    /**
     * @param passwords by user; yours are hashed
     */
    Sessions(Map<String, String> passwords) {
        this.passwords = Map.copyOf(passwords);
    }

    /** Returns the token of a new session if the password is right. */
    Optional<String> signIn(String user, String password) {
        if (!password.equals(passwords.get(user))) {
            return Optional.empty();
        }
        byte[] bytes = new byte[TOKEN_BYTES];
        random.nextBytes(bytes);
        String token = HexFormat.of().formatHex(bytes);
        users.put(token, user);
        return Optional.of(token);
    }

    void signOut(String token) {
        users.remove(token);
    }

    Optional<String> user(String token) {
        return Optional.ofNullable(users.get(token));
    }

    boolean isSignedIn(String user) {
        return users.containsValue(user);
    }
}
