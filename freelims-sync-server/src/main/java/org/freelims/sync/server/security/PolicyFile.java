package org.freelims.sync.server.security;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

/**
 * A {@link RolePolicy} kept in a file, which is read again within {@link #RECHECK} when it has
 * changed. A file that does not read is reported, and the policy stays as it was. Thread-safe.
 */
public final class PolicyFile implements Supplier<RolePolicy> {
    /** How long a change of the file may go unnoticed. */
    static final Duration RECHECK = Duration.ofSeconds(1);

    private static final Logger LOG = System.getLogger(PolicyFile.class.getName());

    private final Path file;
    private final PolicyReader reader;
    private final Clock clock;
    private String text;
    private RolePolicy policy;
    private Instant checked;

    private PolicyFile(Path file, PolicyReader reader, Clock clock, String text) {
        this.file = requireNonNull(file, "file");
        this.reader = requireNonNull(reader, "reader");
        this.clock = requireNonNull(clock, "clock");
        this.text = text;
        this.policy = reader.read(text);
        this.checked = clock.instant();
    }

    /**
     * Reads a file.
     *
     * @throws IllegalArgumentException if it can't be read or is no policy; the message names the
     *     file, what is wrong and where
     */
    public static PolicyFile read(Path file, PolicyReader reader, Clock clock) {
        try {
            return new PolicyFile(file, reader, clock, Files.readString(file));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "The policy file " + file + " can't be read: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "The policy file " + file + ": " + e.getMessage(), e);
        }
    }

    @Override
    public synchronized RolePolicy get() {
        Instant now = clock.instant();
        if (now.isBefore(checked.plus(RECHECK))) {
            return policy;
        }
        checked = now;
        try {
            String present = Files.readString(file);
            if (!present.equals(text)) {
                text = present;
                policy = reader.read(present);
                LOG.log(Level.INFO, "The policy file {0} was read again", file);
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.log(
                    Level.ERROR,
                    "The policy file {0} can''t be used; what it said before stays in force: {1}",
                    file,
                    e.getMessage());
        }
        return policy;
    }
}
