package org.freelims.sync.protocol;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * A failure that a peer can act on. Its message is plain text fit to be shown to a user and sent to
 * a client: it says what was wrong and what to do, and holds no token and nothing of a record.
 */
public final class SyncException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    public SyncException(ErrorCode code, String message) {
        this(code, message, null);
    }

    public SyncException(ErrorCode code, String message, @Nullable Throwable cause) {
        super(requireNonNull(message, "message"), cause);
        this.code = requireNonNull(code, "code");
    }

    /** Returns the code that the client is told. */
    public ErrorCode code() {
        return code;
    }

    @Override
    public String getMessage() {
        return requireNonNull(super.getMessage());
    }
}
