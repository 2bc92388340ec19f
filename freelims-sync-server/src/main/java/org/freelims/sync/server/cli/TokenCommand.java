package org.freelims.sync.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.freelims.sync.server.lims.LimsSchema;
import org.freelims.sync.server.security.Account;
import org.freelims.sync.server.security.Accounts;
import org.freelims.sync.server.security.Passwords;
import org.freelims.sync.server.security.TokenSecret;
import org.freelims.sync.server.security.TokenService;
import org.jdbi.v3.core.Jdbi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "token",
        sortOptions = false,
        description = {
            "Make a token, for a program that signs in with it.",
            "For whoever runs the server: it needs the server's data directory or token secret."
        },
        footer = {"", "Example:", "  token scale-7 --lifetime 365d"})
final class TokenCommand extends SyncCommand {
    @Parameters(paramLabel = "USERNAME", description = "The account.")
    String username = "";

    @Mixin DatabaseOptions database = new DatabaseOptions();

    @Option(
            names = "--lifetime",
            paramLabel = "TIME",
            defaultValue = "12h",
            description = "How long it is good for (30m, 12h, 365d). Default: 12h.")
    Duration lifetime = Duration.ofHours(12);

    @Option(
            names = "--token-secret",
            paramLabel = "TEXT",
            description =
                    "The server's secret, if it has one set (better: FREELIMS_SYNC_TOKEN_SECRET).")
    Optional<String> tokenSecret = Optional.empty();

    TokenCommand(Context context) {
        super(context);
    }

    @Override
    ExitCode run() {
        try (var open = Databases.open(database, environment(), 1)) {
            LimsSchema.migrate(open.pool());
            var accounts = new Accounts(Jdbi.create(open.pool()), Passwords.withDefaultCost());
            Account account = UserCommands.find(accounts, username);
            String token = new TokenService(secret(), lifetime, Clock.systemUTC()).issue(account);
            Output output = output();
            output.object(
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("access_token", token)
                            .put("token_type", "bearer")
                            .put("expires_in", lifetime.toSeconds()));
            output.plain(token);
        }
        return ExitCode.OK;
    }

    private TokenSecret secret() {
        if (tokenSecret.isPresent()) {
            return TokenSecret.of(tokenSecret.get());
        }
        Path directory = database.directory(environment());
        if (!Files.exists(directory.resolve(TokenSecret.FILE_NAME))) {
            throw new CliException(
                    ExitCode.FAILED,
                    "There is no token secret in "
                            + directory
                            + ": start the server once, name its --data-dir, or"
                            + " set FREELIMS_SYNC_TOKEN_SECRET as the server has it.");
        }
        return TokenSecret.keptIn(directory, new SecureRandom());
    }
}
