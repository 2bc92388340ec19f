package org.freelims.sync.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.freelims.sync.client.transport.ConnectFailedException;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.server.embedded.EmbeddedPostgresException;
import org.freelims.sync.server.postgres.DatabaseSetupException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Says what went wrong, in one or two sentences or as JSON, and chooses the exit code. Thread-safe.
 */
final class ErrorReport implements IExecutionExceptionHandler, IParameterExceptionHandler {
    private final boolean stackTraces;

    ErrorReport(boolean stackTraces) {
        this.stackTraces = stackTraces;
    }

    /** What is said about a failure. */
    record Verdict(ExitCode exitCode, String kind, String message) {}

    static Verdict verdict(Throwable failure) {
        Throwable cause = unwrap(failure);
        if (cause instanceof CliException e) {
            return new Verdict(e.exitCode(), e.exitCode().name(), e.getMessage());
        }
        if (cause instanceof EmbeddedPostgresException e) {
            return new Verdict(exitCode(e.problem()), e.problem().name(), e.getMessage());
        }
        if (cause instanceof DatabaseSetupException e) {
            return new Verdict(Databases.exitCode(e), "DATABASE", e.getMessage());
        }
        if (cause instanceof SyncException e) {
            return new Verdict(exitCode(e), e.code().name(), e.getMessage());
        }
        if (cause instanceof ConnectFailedException e) {
            return new Verdict(exitCode(e.kind()), e.kind().name(), e.getMessage());
        }
        if (cause instanceof UncheckedIOException e && e.getCause() instanceof BindException bind) {
            return new Verdict(ExitCode.IN_USE, "PORT_IN_USE", String.valueOf(bind.getMessage()));
        }
        if (cause instanceof IllegalArgumentException e && e.getMessage() != null) {
            return new Verdict(ExitCode.USAGE, "USAGE", e.getMessage());
        }
        String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        return new Verdict(
                ExitCode.FAILED,
                "FAILED",
                message + "\n(" + cause.getClass().getSimpleName() + "; --verbose shows where)");
    }

    private static Throwable unwrap(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static ExitCode exitCode(EmbeddedPostgresException.Problem problem) {
        return switch (problem) {
            case IN_USE, PORT_IN_USE -> ExitCode.IN_USE;
            case NOT_PERMITTED, ROOT -> ExitCode.REFUSED;
            default -> ExitCode.FAILED;
        };
    }

    private static ExitCode exitCode(SyncException e) {
        return switch (e.code().advice()) {
            case RENEW, STOP -> ExitCode.REFUSED;
            case RETRY -> ExitCode.UNREACHABLE;
            case FIX -> ExitCode.USAGE;
            case RESYNC -> ExitCode.FAILED;
        };
    }

    private static ExitCode exitCode(ConnectFailedException.Kind kind) {
        return switch (kind) {
            case UNAUTHENTICATED, FORBIDDEN -> ExitCode.REFUSED;
            default -> ExitCode.UNREACHABLE;
        };
    }

    @Override
    public int handleExecutionException(
            Exception failure, CommandLine command, ParseResult parsed) {
        Verdict verdict = verdict(failure);
        print(command, verdict, wantsJson(parsed));
        if (stackTraces) {
            failure.printStackTrace(command.getErr());
            command.getErr().flush();
        }
        return verdict.exitCode().code();
    }

    @Override
    public int handleParseException(ParameterException failure, String[] arguments) {
        CommandLine command = failure.getCommandLine();
        boolean json = java.util.Arrays.asList(arguments).contains("--json");
        print(
                command,
                new Verdict(ExitCode.USAGE, "USAGE", String.valueOf(failure.getMessage())),
                json);
        if (!json) {
            UnmatchedArgumentException.printSuggestions(failure, command.getErr());
            command.getErr()
                    .println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
            command.getErr().flush();
        }
        return ExitCode.USAGE.code();
    }

    static void print(CommandLine command, Verdict verdict, boolean json) {
        var err = command.getErr();
        if (json) {
            var node = JsonNodeFactory.instance.objectNode();
            node.putObject("error")
                    .put("code", verdict.kind())
                    .put("exitCode", verdict.exitCode().code())
                    .put("message", verdict.message());
            command.getOut().println(node);
            command.getOut().flush();
        } else {
            String text = "freelims-sync: " + verdict.message();
            err.println(
                    command.getColorScheme().ansi().enabled()
                            ? command.getColorScheme().errorText(Output.wrap(text, 0, 0)).toString()
                            : text);
        }
        err.flush();
    }

    private static boolean wantsJson(ParseResult parsed) {
        ParseResult deepest = parsed;
        while (deepest.hasSubcommand()) {
            deepest = deepest.subcommand();
        }
        return Optional.ofNullable(deepest.commandSpec().findOption("--json"))
                .map(option -> Boolean.TRUE.equals(option.getValue()))
                .orElse(false);
    }
}
