package org.freelims.sync.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Random;
import org.freelims.sync.server.lims.LimsSchema;
import org.freelims.sync.server.lims.LimsSeed;
import org.jdbi.v3.core.Jdbi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "seed",
        sortOptions = false,
        description = {
            "Make test data: inventory items and what they need.",
            "Chemicals and locations are made as needed. Nothing that is there is changed. It"
                    + " works on the server's database, whether the server runs or not."
        },
        footer = {
            "",
            "Examples:",
            "  seed --demo",
            "  seed --count 10000 --data-dir /srv/freelims"
        })
final class SeedCommand extends SyncCommand {
    @Mixin DatabaseOptions database = new DatabaseOptions();

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "1",
            description = "How many inventory items. Default: 1")
    int count = 1;

    SeedCommand(Context context) {
        super(context);
    }

    @Override
    ExitCode run() {
        if (count < 1) {
            throw new CliException(
                    ExitCode.USAGE, "--count must be at least 1 but was " + count + ".");
        }
        Output output = output();
        try (var open = Databases.open(database, environment(), 2)) {
            LimsSchema.migrate(open.pool());
            var bar = new ProgressBar(output, "Inventory items", System::nanoTime);
            var seed = new LimsSeed(Jdbi.create(open.pool()), new Random());
            LimsSeed.Seeded last =
                    seed.items(
                            count,
                            (done, all) -> {
                                if (all > 1) {
                                    bar.at(done, all);
                                }
                            });
            output.object(
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("items", count)
                            .put("chemicalId", last.chemicalId())
                            .put("locationId", last.locationId())
                            .put("itemId", last.itemId()));
            output.plain(
                    (count == 1 ? "Made an item: " : "Made " + count + " items. The last: ")
                            + "chemical "
                            + last.chemicalId()
                            + ", location "
                            + last.locationId()
                            + ", inventory item "
                            + last.itemId()
                            + ".");
        }
        return ExitCode.OK;
    }
}
