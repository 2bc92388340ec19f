package org.freelims.sync.server.security;

import static java.util.Objects.requireNonNull;

import org.jdbi.v3.core.Handle;

/**
 * Who makes the changes of one transaction, and why. The capture trigger reads both from
 * transaction-local settings and they travel with every notification as {@code actor} and {@code
 * reason}.
 *
 * @param actor a principal such as {@code user:7}
 * @param reason free text; empty means that none was given
 */
public record Attribution(String actor, String reason) {
    public Attribution {
        requireNonNull(actor, "actor");
        requireNonNull(reason, "reason");
    }

    /** Attributes to {@code account}, with no reason. */
    public static Attribution of(Account account) {
        return new Attribution(account.principalName(), "");
    }

    /** The same actor with this reason. */
    public Attribution because(String newReason) {
        return new Attribution(actor, newReason);
    }

    /**
     * Attributes the transaction that is open on {@code handle}; the settings end with it.
     *
     * @throws IllegalStateException if no transaction is open, as the settings would have no effect
     */
    public void apply(Handle handle) {
        if (!handle.isInTransaction()) {
            throw new IllegalStateException("attribution needs an open transaction");
        }
        handle.createQuery(
                        "SELECT set_config('freelims_sync.actor', :actor, true) AS actor,"
                                + " set_config('freelims_sync.reason', :reason, true) AS reason")
                .bind("actor", actor)
                .bind("reason", reason)
                .mapToMap()
                .one();
    }
}
