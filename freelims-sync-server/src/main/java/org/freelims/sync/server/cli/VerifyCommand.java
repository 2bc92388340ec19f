package org.freelims.sync.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.freelims.sync.server.postgres.ChainVerifier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "verify",
        sortOptions = false,
        description = {
            "Check that the log of changes was not tampered with.",
            "Each entry carries a SHA-256 over itself and the one before, so none can be altered,"
                    + " removed or put in between unseen. The exit code is 6 if one was."
        })
final class VerifyCommand extends SyncCommand {
    @Mixin DatabaseOptions database = new DatabaseOptions();

    VerifyCommand(Context context) {
        super(context);
    }

    @Override
    ExitCode run() {
        Output output = output();
        try (var open = Databases.open(database, environment(), 2)) {
            Installation.require(open);
            ChainVerifier.Result result =
                    new ChainVerifier(open.pool())
                            .verify(
                                    entries -> {
                                        if (output.terminal() && !output.json()) {
                                            output.draw("\r" + entries + " entries read");
                                        }
                                    });
            if (output.terminal() && !output.json()) {
                output.draw("\r\u001b[K");
            }
            var json =
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("whole", result.broken().isEmpty())
                            .put("entries", result.entries())
                            .put("erased", result.erased());
            result.broken()
                    .ifPresent(
                            broken ->
                                    json.put("brokenAt", broken.offset())
                                            .put("what", broken.what()));
            output.object(json);
            String erased =
                    result.erased() == 0
                            ? ""
                            : ", " + result.erased() + " of them erased on purpose";
            if (result.broken().isEmpty()) {
                output.line(
                        "@|bold,green The chain is whole:|@ "
                                + result.entries()
                                + " entries"
                                + erased
                                + ".");
                return ExitCode.OK;
            }
            var broken = result.broken().get();
            output.line("@|bold,red The chain is broken|@ at offset " + broken.offset() + ":");
            output.plain("  " + broken.what());
            output.plain(
                    "  "
                            + result.entries()
                            + " entries before it are as they were written"
                            + erased
                            + ".");
            return ExitCode.PROBLEM_FOUND;
        }
    }
}
