package org.freelims.sync.server.cli;

import ch.qos.logback.classic.Level;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What every command takes. Confined to the command. */
final class CommonOptions {
    /** After what is the command's own: whoever asks for help looks for that. */
    private static final int LAST = 1000;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            order = LAST,
            description = "Show this help and exit.")
    boolean help;

    @Option(
            names = "--json",
            order = LAST,
            description = "Print JSON, one object a line, for programs to read.")
    boolean json;

    @Option(
            names = "--config",
            order = LAST,
            paramLabel = "FILE",
            description =
                    "Read settings from this file (lines of 'name = value', named as the flags).")
    Optional<Path> config = Optional.empty();

    @Option(
            names = "--log-format",
            order = LAST,
            paramLabel = "FORMAT",
            defaultValue = "text",
            description =
                    "How log lines look, on the standard error: ${COMPLETION-CANDIDATES}. Default:"
                            + " text.")
    Logging.Format logFormat = Logging.Format.text;

    @Option(
            names = {"-v", "--verbose"},
            order = LAST,
            description = "Log details; errors come with their stack trace.")
    boolean verbose;

    Level level(Level usual) {
        return verbose ? Level.DEBUG : usual;
    }
}
