package org.freelims.sync.server.security;

import static java.util.Objects.requireNonNull;

/**
 * A row of the LIMS' {@code users} table without its password hash, which stays in the database.
 *
 * @param active whether the account may be used; a {@code null} in the database counts as no
 * @param admin whether the account may manage others; a {@code null} in the database counts as no
 */
public record Account(
        int id, String username, String email, String fullName, boolean active, boolean admin) {
    public Account {
        requireNonNull(username, "username");
        requireNonNull(email, "email");
        requireNonNull(fullName, "fullName");
    }

    /** How changes made by this account are attributed in notifications: {@code user:7}. */
    public String principalName() {
        return "user:" + id;
    }
}
