package org.freelims.sync.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.freelims.sync.server.postgres.Capture;
import org.freelims.sync.server.postgres.CaptureOptions;
import org.freelims.sync.server.postgres.CapturedTable;
import org.freelims.sync.server.postgres.PostgresSync;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands below {@code capture}. */
final class CaptureCommands {
    private CaptureCommands() {}

    @Command(
            name = "capture",
            description = "Choose the tables whose changes are seen.",
            synopsisSubcommandLabel = "COMMAND")
    static final class Group {
        @Option(
                names = {"-h", "--help"},
                usageHelp = true,
                description = "Show this help and exit.")
        boolean help;
    }

    static CommandLine group(Context context) {
        return new CommandLine(new Group())
                .addSubcommand(new Install(context))
                .addSubcommand(new ListAll(context))
                .addSubcommand(new Remove(context));
    }

    private static ObjectNode json(CapturedTable table) {
        ObjectNode json =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("resource", table.resource())
                        .put("table", table.table());
        table.keyColumns().forEach(json.putArray("key")::add);
        table.excludedColumns().forEach(json.putArray("excluded")::add);
        table.fields().forEach(json.putArray("fields")::add);
        return json;
    }

    private static String line(CapturedTable table) {
        return String.format(
                "%-16s %-28s key %s%s",
                table.resource(),
                table.table(),
                String.join(", ", table.keyColumns()),
                table.excludedColumns().isEmpty()
                        ? ""
                        : "; without " + String.join(", ", table.excludedColumns()));
    }

    /** What the commands below have in common. */
    private abstract static class OnCapture extends SyncCommand {
        @Mixin DatabaseOptions database = new DatabaseOptions();

        OnCapture(Context context) {
            super(context);
        }

        ExitCode with(boolean setUp, BiFunction<Capture, Output, ExitCode> work) {
            try (var open = Databases.open(database, environment(), 4);
                    var sync =
                            PostgresSync.builder().dataSource(open.pool()).relay(false).build()) {
                if (setUp) {
                    sync.start();
                } else {
                    Installation.require(open);
                }
                return work.apply(sync.capture(), output());
            }
        }
    }

    @Command(
            name = "install",
            sortOptions = false,
            description = {
                "See a table's changes from now on, whoever makes them.",
                "Any table of any PostgreSQL database will do. It waits for transactions that are"
                        + " writing to the table. Doing it again changes nothing, or changes the"
                        + " options."
            },
            footer = {
                "",
                "Example:",
                "  capture install public.samples --resource samples --exclude secret_note"
            })
    private static final class Install extends OnCapture {
        @Parameters(paramLabel = "TABLE", description = "Its name, with its schema if need be.")
        String table = "";

        @Option(
                names = "--resource",
                paramLabel = "NAME",
                description = "What clients call it. Default: the table's name without its schema.")
        Optional<String> resource = Optional.empty();

        @Option(
                names = "--key",
                paramLabel = "COLUMN",
                split = ",",
                description = "What makes up a record's id. Default: the primary key.")
        List<String> key = new ArrayList<>();

        @Option(
                names = "--exclude",
                paramLabel = "COLUMN",
                split = ",",
                description = "Columns that never leave the table, such as password hashes.")
        List<String> excluded = new ArrayList<>();

        Install(Context context) {
            super(context);
        }

        @Override
        ExitCode run() {
            String name =
                    resource.orElse(table.substring(table.lastIndexOf('.') + 1).replace("\"", ""));
            var options = new CaptureOptions(name, key, Set.copyOf(excluded));
            return with(
                    true,
                    (capture, output) -> {
                        CapturedTable installed = capture.install(table, options);
                        output.object(json(installed));
                        output.plain("Captured: " + line(installed));
                        return ExitCode.OK;
                    });
        }
    }

    @Command(name = "list", description = "Show the tables whose changes are seen.")
    private static final class ListAll extends OnCapture {
        ListAll(Context context) {
            super(context);
        }

        @Override
        ExitCode run() {
            return with(
                    false,
                    (capture, output) -> {
                        var tables = capture.list();
                        tables.forEach(
                                table -> {
                                    output.object(json(table));
                                    output.plain(line(table));
                                });
                        if (tables.isEmpty()) {
                            output.plain(
                                    "No table is captured. 'capture install TABLE' captures one.");
                        }
                        return ExitCode.OK;
                    });
        }
    }

    @Command(
            name = "remove",
            description =
                    "No longer see a table's changes. The table stays as it is, and so does what"
                            + " was logged.")
    private static final class Remove extends OnCapture {
        @Parameters(paramLabel = "TABLE", description = "Its name, with its schema if need be.")
        String table = "";

        Remove(Context context) {
            super(context);
        }

        @Override
        ExitCode run() {
            return with(
                    false,
                    (capture, output) -> {
                        boolean was = capture.remove(table);
                        output.object(
                                JsonNodeFactory.instance
                                        .objectNode()
                                        .put("table", table)
                                        .put("removed", was));
                        output.plain(
                                was
                                        ? "No longer captured: " + table
                                        : table + " was not captured.");
                        return ExitCode.OK;
                    });
        }
    }
}
