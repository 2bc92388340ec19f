package org.freelims.sync.server.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which database a command works on. Confined to the command. */
final class DatabaseOptions {
    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description =
                    "Where the server keeps its data and its own PostgreSQL. Default: a directory"
                            + " of this user's; 'serve --print-config' shows which.")
    Optional<Path> dataDir = Optional.empty();

    @Option(
            names = "--database-url",
            paramLabel = "URL",
            description =
                    "Use this PostgreSQL, version 13 or later, instead of the built-in one:%n"
                            + "postgresql://HOST:PORT/DATABASE")
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
            description =
                    "That user's password. Better set FREELIMS_SYNC_DATABASE_PASSWORD, which other"
                            + " users of this machine can't see. Without a value it is asked for.")
    Optional<String> databasePassword = Optional.empty();

    @Option(
            names = "--demo",
            description =
                    "Work with the demonstration: a data directory of its own with some test data,"
                        + " and the account 'admin' with the password 'password'. To try it out, on"
                        + " this machine only.")
    boolean demo;

    /** The data directory, named or by default. */
    Path directory(Map<String, String> environment) {
        return dataDir.orElseGet(() -> DataDirectories.standard(demo, environment))
                .toAbsolutePath()
                .normalize();
    }
}
