package org.freelims.sync.server.cli;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.freelims.sync.server.GeneratedPage;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The page of settings names those that there are. */
class ConfigurationPageTest {
    private final CommandLine serve =
            requireNonNull(
                    Cli.commandLine(new Context(Map.of(), Settings.read(List.of(), Map.of())))
                            .getSubcommands()
                            .get("serve"));

    private static String text(OptionSpec option) {
        String candidates =
                option.type().isEnum()
                        ? Arrays.stream(option.type().getEnumConstants())
                                .map(String::valueOf)
                                .collect(Collectors.joining(", "))
                        : "";
        return String.join(" ", option.description())
                .replace("${COMPLETION-CANDIDATES}", candidates)
                .replaceAll("%n|\\R", " ")
                .replace("%%", "%")
                .replace("|", "\\|");
    }

    private static String line(OptionSpec option) {
        String value = option.arity().max() == 0 ? "" : " " + option.paramLabel();
        return "| `%s%s` | `%s` | %s |%n"
                .formatted(
                        option.longestName(),
                        value,
                        Settings.variable(Settings.name(option)),
                        text(option))
                .replace("\r\n", "\n");
    }

    @Test
    void page_ofSettings_isAsTheCodeIs() throws Exception {
        String lines =
                serve.getCommandSpec().options().stream()
                        .filter(option -> Settings.configurable(Settings.name(option)))
                        .map(ConfigurationPageTest::line)
                        .collect(Collectors.joining());

        assertTrue(lines.contains("FREELIMS_SYNC_DATABASE_URL"), lines);
        GeneratedPage.named("configuration.md")
                .hold("| Flag | Environment | What |\n|---|---|---|\n" + lines);
    }
}
