package org.freelims.sync.access;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Somebody, as the application knows them. Immutable.
 *
 * @param name the same for the same somebody always, such as {@code user:7}
 * @param roles what the access policy decides by
 * @param expiresAt when this sign-in ends; empty if never
 */
public record Principal(String name, Set<String> roles, Optional<Instant> expiresAt) {
    /** Nobody in particular, where a server allows that. */
    public static final Principal ANONYMOUS =
            new Principal("anonymous", Set.of(), Optional.empty());

    public Principal {
        requireNonNull(expiresAt, "expiresAt");
        roles = Set.copyOf(roles);
        if (requireNonNull(name, "name").isEmpty()) {
            throw new IllegalArgumentException("a principal has a name");
        }
    }

    /** Returns a principal with these roles whose sign-in does not end. */
    public static Principal of(String name, String... roles) {
        return new Principal(name, Set.of(roles), Optional.empty());
    }
}
