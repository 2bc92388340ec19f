package org.freelims.sync.server.embedded;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import org.freelims.sync.server.embedded.EmbeddedPostgresException.Problem;

/** Turns what the operating system and PostgreSQL say into what is wrong and what to do. */
final class Failures {
    private Failures() {}

    /** {@code attempt} reads on after "cannot", and names the directory or file. */
    static EmbeddedPostgresException writing(String attempt, IOException e) {
        String reason =
                String.valueOf(e instanceof FileSystemException f ? f.getReason() : e.getMessage());
        String text = (reason + " " + e.getMessage()).toLowerCase(Locale.ROOT);
        if (text.contains("no space left")
                || text.contains("not enough space")
                || text.contains("quota")) {
            return new EmbeddedPostgresException(
                    Problem.DISK_FULL,
                    "Cannot "
                            + attempt
                            + ": the disk is full. Free some space (about 200 MB are needed) or"
                            + " choose another disk, then start again.",
                    e);
        }
        if (e instanceof AccessDeniedException
                || text.contains("read-only file system")
                || text.contains("permission denied")
                || text.contains("not permitted")) {
            return new EmbeddedPostgresException(
                    Problem.NOT_PERMITTED,
                    "Cannot "
                            + attempt
                            + ": "
                            + describe(e)
                            + " is not writable for this user. Choose a directory of"
                            + " your own, or have its owner changed.",
                    e);
        }
        if (e instanceof NotDirectoryException || e instanceof FileAlreadyExistsException) {
            return new EmbeddedPostgresException(
                    Problem.NOT_PERMITTED,
                    "Cannot "
                            + attempt
                            + ": "
                            + describe(e)
                            + " is a file, not a directory. Choose another name.",
                    e);
        }
        return new EmbeddedPostgresException(Problem.FAILED, "Cannot " + attempt + ": " + e, e);
    }

    /** Reads the reason from the log of a PostgreSQL that ended instead of starting. */
    static EmbeddedPostgresException starting(String log, int port, DataDirectory data) {
        if (log.contains("Address already in use") || log.contains("could not bind")) {
            return portInUse(port);
        }
        if (log.contains("No space left on device") || log.contains("Disk quota exceeded")) {
            return new EmbeddedPostgresException(
                    Problem.DISK_FULL,
                    "PostgreSQL cannot start: the disk of "
                            + data.root()
                            + " is full. Free some space and start again; nothing is lost.");
        }
        if (log.contains("Read-only file system") || log.contains("Permission denied")) {
            return new EmbeddedPostgresException(
                    Problem.NOT_PERMITTED,
                    "PostgreSQL cannot write to "
                            + data.root()
                            + ":\n"
                            + log
                            + "\nGive the directory to the user that"
                            + " runs this program, or choose another with --data-dir.");
        }
        if (log.contains("database files are incompatible")) {
            return new EmbeddedPostgresException(
                    Problem.OTHER_VERSION,
                    "The data in " + data.root() + " was made by another PostgreSQL:\n" + log);
        }
        if (log.contains("cannot be run as root") || log.contains("\"root\" execution")) {
            return RunAs.noWayAsRoot();
        }
        if (log.contains("error while loading shared libraries")
                || log.contains("Library not loaded")) {
            return new EmbeddedPostgresException(
                    Problem.BINARIES_UNUSABLE,
                    "PostgreSQL's programs do not run on this system:\n"
                            + log
                            + "\nInstall what is missing, or name a database with --database-url.");
        }
        return new EmbeddedPostgresException(
                Problem.FAILED,
                "PostgreSQL did not start. The end of " + data.log() + " says:\n" + log);
    }

    static EmbeddedPostgresException portInUse(int port) {
        return new EmbeddedPostgresException(
                Problem.PORT_IN_USE,
                "Port "
                        + port
                        + " is taken by another program. Stop that, or choose another port for the"
                        + " database.");
    }

    private static String describe(IOException e) {
        return e instanceof FileSystemException f && f.getFile() != null
                ? f.getFile()
                : String.valueOf(e.getMessage());
    }
}
