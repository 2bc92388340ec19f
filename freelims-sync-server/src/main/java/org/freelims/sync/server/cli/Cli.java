package org.freelims.sync.server.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Puts the commands together and runs one. Each call is independent of others; thread-safe. */
final class Cli {
    private static final List<String> VERBOSE = List.of("-v", "--verbose");

    private Cli() {}

    /** The command above all others: it only says what there is. */
    @Command(
            name = "freelims-sync",
            versionProvider = Program.class,
            description =
                    "Shows every committed change of lab data to every client that asked for it and"
                            + " may see it.",
            synopsisSubcommandLabel = "COMMAND",
            footer = {
                "",
                "To try it out, in three terminals:",
                "  freelims-sync serve --demo",
                "  freelims-sync monitor --demo",
                "  freelims-sync trigger --demo",
                "where freelims-sync stands for: java -jar freelims-sync.jar",
                "",
                "'COMMAND --help' tells more of one. Any flag can also be set in the environment"
                        + " (FREELIMS_SYNC_DATA_DIR for --data-dir) or in a file named by"
                        + " --config."
            },
            subcommands = CommandLine.HelpCommand.class)
    static final class Root {
        @Option(
                names = {"-h", "--help"},
                usageHelp = true,
                description = "Show this help and exit.")
        boolean help;

        @Option(
                names = {"-V", "--version"},
                versionHelp = true,
                description = "Show the version and exit.")
        boolean version;
    }

    /**
     * Runs a command line.
     *
     * @return the exit code
     */
    static int run(
            List<String> arguments,
            Map<String, String> environment,
            PrintWriter out,
            PrintWriter err) {
        var errors = new ErrorReport(arguments.stream().anyMatch(VERBOSE::contains));
        CommandLine command = null;
        try {
            Settings settings = Settings.read(arguments, environment);
            command = commandLine(new Context(environment, settings)).setOut(out).setErr(err);
            settings.refuseUnknown(command.getCommandSpec());
            command.setDefaultValueProvider(settings);
        } catch (CliException e) {
            CommandLine speaker =
                    command == null ? new CommandLine(new Root()).setOut(out).setErr(err) : command;
            ErrorReport.print(speaker, ErrorReport.verdict(e), arguments.contains("--json"));
            return e.exitCode().code();
        }
        command.setExecutionExceptionHandler(errors).setParameterExceptionHandler(errors);
        if (arguments.isEmpty()) {
            command.usage(out);
            return ExitCode.USAGE.code();
        }
        return command.execute(arguments.toArray(String[]::new));
    }

    static CommandLine commandLine(Context context) {
        var command = new CommandLine(new Root());
        command.addSubcommand(new ServeCommand(context));
        command.addSubcommand(new MonitorCommand(context));
        command.addSubcommand(new TriggerCommand(context));
        command.addSubcommand(new SeedCommand(context));
        command.addSubcommand(new DoctorCommand(context));
        command.addSubcommand(CaptureCommands.group(context));
        command.addSubcommand(new VerifyCommand(context));
        command.addSubcommand(new TokenCommand(context));
        command.addSubcommand(UserCommands.group(context));
        command.registerConverter(Duration.class, Durations::parse);
        command.setCaseInsensitiveEnumValuesAllowed(true);
        command.setUsageHelpAutoWidth(true);
        describeExitCodes(command);
        return command;
    }

    private static void describeExitCodes(CommandLine command) {
        var meanings = new LinkedHashMap<String, String>();
        Arrays.stream(ExitCode.values())
                .forEach(code -> meanings.put(Integer.toString(code.code()), code.meaning()));
        command.getCommandSpec()
                .usageMessage()
                .parameterListHeading("%n")
                .optionListHeading("%nOptions:%n")
                .commandListHeading("%nCommands:%n")
                .abbreviateSynopsis(true)
                .sortOptions(false)
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(meanings);
        command.getSubcommands().values().forEach(Cli::describeExitCodes);
    }
}
