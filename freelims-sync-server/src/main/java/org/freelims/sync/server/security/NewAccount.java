package org.freelims.sync.server.security;

import static java.util.Objects.requireNonNull;

/** What it takes to create an account. Its {@code toString()} leaves the password out. */
public record NewAccount(
        String email, String username, String fullName, String password, boolean admin) {
    public NewAccount {
        requireNonNull(email, "email");
        requireNonNull(username, "username");
        requireNonNull(fullName, "fullName");
        requireNonNull(password, "password");
        if (username.isBlank() || username.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "A user name must not be empty or contain control characters.");
        }
    }

    @Override
    public String toString() {
        return "NewAccount[username=" + username + ", email=" + email + ", admin=" + admin + "]";
    }
}
