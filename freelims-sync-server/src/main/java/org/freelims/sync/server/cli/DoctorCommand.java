package org.freelims.sync.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.freelims.sync.server.embedded.EmbeddedPostgres;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "doctor",
        sortOptions = false,
        description = {
            "Find out why changes don't arrive, and what to do.",
            "It looks at address, path, transports, page origin, sign-in and subscription; on the"
                    + " server's machine also at database, capture and relay. The exit code is 6 if"
                    + " something is wrong."
        },
        footer = {
            "",
            "Examples:",
            "  doctor --demo",
            "  doctor --url https://lims.example.org --username ada",
            "  doctor --url https://lims.example.org --origin https://app.example.org",
            "  doctor --database-url postgresql://db/freelims --database-user lims"
        })
final class DoctorCommand extends SyncCommand {
    /** After "PROBLEM " and the name of the check. */
    private static final int FOUND_COLUMN = 22;

    @Mixin ConnectionOptions connection = new ConnectionOptions();

    @Option(
            names = "--origin",
            paramLabel = "ORIGIN",
            description = "Check for a web page from this address, such as%nhttp://localhost:3000.")
    Optional<String> origin = Optional.empty();

    @Option(
            names = "--socketio-path",
            paramLabel = "PATH",
            defaultValue = "/socket.io/",
            description = "The path a Socket.IO client uses.%nDefault: /socket.io/")
    String socketIoPath = "/socket.io/";

    @Option(
            names = "--namespace",
            paramLabel = "NAME",
            defaultValue = "/ws",
            description = "The namespace a Socket.IO client uses.%nDefault: /ws")
    String namespace = "/ws";

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "The server's data directory, to look into its database.")
    Optional<Path> dataDir = Optional.empty();

    @Option(
            names = "--database-url",
            paramLabel = "URL",
            description = "The server's database, to look into.")
    Optional<String> databaseUrl = Optional.empty();

    @Option(
            names = "--database-user",
            paramLabel = "USER",
            description = "The user to connect to --database-url as.")
    Optional<String> databaseUser = Optional.empty();

    @Option(
            names = "--database-password",
            paramLabel = "PASSWORD",
            arity = "0..1",
            interactive = true,
            description = "That user's password (better: FREELIMS_SYNC_DATABASE_PASSWORD).")
    Optional<String> databasePassword = Optional.empty();

    DoctorCommand(Context context) {
        super(context);
    }

    @Override
    ExitCode run() {
        Output output = output();
        var findings = new ArrayList<Finding>();
        new ServerChecks(
                        connection,
                        socketIoPath,
                        namespace,
                        origin,
                        finding -> add(findings, finding, output))
                .run();
        database()
                .ifPresent(
                        address ->
                                new DatabaseChecks(
                                                address, finding -> add(findings, finding, output))
                                        .run());
        long problems = count(findings, Finding.Outcome.PROBLEM);
        output.line("");
        if (problems == 0) {
            output.line("@|bold,green Nothing is wrong|@ as far as this can see.");
            return ExitCode.OK;
        }
        output.line(
                "@|bold,red "
                        + problems
                        + (problems == 1 ? " problem.|@" : " problems.|@")
                        + " Begin with the first.");
        return ExitCode.PROBLEM_FOUND;
    }

    private static long count(List<Finding> findings, Finding.Outcome outcome) {
        return findings.stream().filter(finding -> finding.outcome() == outcome).count();
    }

    private void add(List<Finding> findings, Finding finding, Output output) {
        findings.add(finding);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("check", finding.check())
                .put("outcome", finding.outcome().name().toLowerCase(Locale.ROOT))
                .put("found", finding.found());
        if (!finding.advice().isEmpty()) {
            json.put("advice", finding.advice());
        }
        output.object(json);
        String mark =
                switch (finding.outcome()) {
                    case OK -> output.styled("bold,green", "ok     ");
                    case PROBLEM -> output.styled("bold,red", "PROBLEM");
                    case SKIPPED -> output.styled("faint", "-      ");
                };
        output.plain(
                mark
                        + " "
                        + String.format("%-14s", finding.check())
                        + output.wrapped(finding.found(), FOUND_COLUMN));
        if (!finding.advice().isEmpty()) {
            output.plain(
                    " ".repeat(FOUND_COLUMN)
                            + "-> "
                            + output.wrapped(finding.advice(), FOUND_COLUMN + 3));
        }
    }

    /** The database named, or the built-in one that a server on this machine is using. */
    private Optional<Databases.Address> database() {
        var options = new DatabaseOptions();
        options.dataDir = dataDir;
        options.databaseUrl = databaseUrl;
        options.databaseUser = databaseUser;
        options.databasePassword = databasePassword;
        options.demo = connection.demo;
        if (databaseUrl.isPresent()) {
            return Optional.of(Databases.named(options));
        }
        Path directory = options.directory(environment());
        return EmbeddedPostgres.servedOn(directory)
                .map(served -> Databases.address(served, directory));
    }
}
