package org.freelims.sync.server.postgres;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * The database can't be used as it is: it is too old, a right is missing, its schema is another
 * version's, a table can't be captured. The message is plain text for the person who runs the
 * server: it says what is wrong and what to do.
 */
public final class DatabaseSetupException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DatabaseSetupException(String message) {
        this(message, null);
    }

    public DatabaseSetupException(String message, @Nullable Throwable cause) {
        super(requireNonNull(message, "message"), cause);
    }

    @Override
    public String getMessage() {
        return requireNonNull(super.getMessage());
    }
}
