package org.freelims.sync.server.operation;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * How a node is. Immutable.
 *
 * @param live whether it works at all: if not, only a restart helps
 * @param checks what it takes for clients to be served well
 */
public record Health(boolean live, List<Check> checks) {
    public Health {
        checks = List.copyOf(checks);
    }

    /** Returns whether clients should be sent here. */
    public boolean ready() {
        return checks.stream().allMatch(Check::up);
    }

    /**
     * One thing that was looked at.
     *
     * @param name {@code database}, {@code relay}, {@code log} or {@code closing}
     * @param reason what is wrong, for people, with nothing in it that is not for strangers; empty
     *     if nothing is
     */
    public record Check(String name, String reason) {
        public Check {
            requireNonNull(name, "name");
            requireNonNull(reason, "reason");
        }

        /** Returns whether nothing is wrong. */
        public boolean up() {
            return reason.isEmpty();
        }
    }
}
