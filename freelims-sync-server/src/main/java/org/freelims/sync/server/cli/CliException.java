package org.freelims.sync.server.cli;

import static java.util.Objects.requireNonNull;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** Ends a command with a message for the person at the keyboard and a code for the shell. */
final class CliException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;

    CliException(ExitCode exitCode, String message) {
        this(exitCode, message, null);
    }

    CliException(ExitCode exitCode, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    ExitCode exitCode() {
        return exitCode;
    }

    @Override
    public String getMessage() {
        return requireNonNull(super.getMessage());
    }
}
