package org.freelims.sync.server.embedded;

import static java.util.Objects.requireNonNull;

import java.io.Serial;

/**
 * The embedded PostgreSQL cannot do what was asked; the message says why and what to do about it.
 */
public final class EmbeddedPostgresException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    /** What kind of thing is wrong, for a caller that reacts to it (an exit code, a hint). */
    public enum Problem {
        /** No binaries for this operating system and processor are on the class path. */
        UNSUPPORTED_PLATFORM,
        /** The binaries do not unpack or do not run here. */
        BINARIES_UNUSABLE,
        /** Another process serves this data directory. */
        IN_USE,
        /** The data directory is not one that these binaries can open. */
        WRONG_DATA,
        /** The data directory was made by another major version of PostgreSQL. */
        OTHER_VERSION,
        /** The requested port is taken. */
        PORT_IN_USE,
        /** No space is left on the disk of the data directory or the cache. */
        DISK_FULL,
        /** A directory or file cannot be written or belongs to somebody else. */
        NOT_PERMITTED,
        /** Running as root, and no way was found to run PostgreSQL as somebody else. */
        ROOT,
        /** Anything else; the message carries the end of PostgreSQL's log. */
        FAILED
    }

    private final Problem problem;

    EmbeddedPostgresException(Problem problem, String message) {
        super(message);
        this.problem = problem;
    }

    EmbeddedPostgresException(Problem problem, String message, Throwable cause) {
        super(message, cause);
        this.problem = problem;
    }

    /** What is wrong and what to do, in plain sentences. */
    @Override
    public String getMessage() {
        return requireNonNull(super.getMessage());
    }

    /** What kind of thing is wrong. */
    public Problem problem() {
        return problem;
    }
}
