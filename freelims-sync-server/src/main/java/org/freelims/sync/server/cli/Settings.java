package org.freelims.sync.server.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What an option is set to where its flag is not given: {@code FREELIMS_SYNC_DATA_DIR} in the
 * environment for {@code --data-dir}, else {@code data-dir} in the settings file, else its default.
 * Immutable.
 */
final class Settings implements IDefaultValueProvider {
    static final String PREFIX = "FREELIMS_SYNC_";

    /** Options that are about one call, not about an installation. */
    private static final Set<String> FLAG_ONLY =
            Set.of("help", "version", "config", "print-config");

    private final Map<String, String> environment;
    private final Optional<Path> file;
    private final Map<String, String> fileSettings;

    private Settings(
            Map<String, String> environment,
            Optional<Path> file,
            Map<String, String> fileSettings) {
        this.environment = Map.copyOf(environment);
        this.file = file;
        this.fileSettings = Map.copyOf(fileSettings);
    }

    /** Where a value comes from. */
    enum Source {
        FLAG("flag"),
        ENVIRONMENT("environment"),
        FILE("file"),
        DEFAULT("default");

        private final String word;

        Source(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    /**
     * Reads the file named by {@code --config} or {@code FREELIMS_SYNC_CONFIG}, if any.
     *
     * @throws CliException {@code USAGE} if it cannot be read
     */
    static Settings read(List<String> arguments, Map<String, String> environment) {
        Optional<Path> file =
                flag(arguments, "--config")
                        .or(() -> Optional.ofNullable(environment.get(PREFIX + "CONFIG")))
                        .filter(name -> !name.isBlank())
                        .map(Path::of);
        return new Settings(environment, file, file.map(Settings::load).orElse(Map.of()));
    }

    private static Map<String, String> load(Path file) {
        var properties = new Properties();
        try (var reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (NoSuchFileException e) {
            throw new CliException(ExitCode.USAGE, "There is no settings file " + file + ".", e);
        } catch (IOException | IllegalArgumentException e) {
            throw new CliException(
                    ExitCode.USAGE,
                    "The settings file " + file + " cannot be read: " + e.getMessage(),
                    e);
        }
        var settings = new LinkedHashMap<String, String>();
        properties
                .stringPropertyNames()
                .forEach(name -> settings.put(name, properties.getProperty(name).strip()));
        return settings;
    }

    private static Optional<String> flag(List<String> arguments, String name) {
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.equals(name) && i + 1 < arguments.size()) {
                return Optional.of(arguments.get(i + 1));
            }
            if (argument.startsWith(name + "=")) {
                return Optional.of(argument.substring(name.length() + 1));
            }
        }
        return Optional.empty();
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        return argument instanceof OptionSpec option ? configured(option).orElse(null) : null;
    }

    Source source(OptionSpec option, boolean flagGiven) {
        if (flagGiven) {
            return Source.FLAG;
        }
        String name = name(option);
        if (configurable(name) && inEnvironment(name).isPresent()) {
            return Source.ENVIRONMENT;
        }
        return configurable(name) && fileSettings.containsKey(name) ? Source.FILE : Source.DEFAULT;
    }

    private Optional<String> configured(OptionSpec option) {
        String name = name(option);
        if (!configurable(name)) {
            return Optional.empty();
        }
        return inEnvironment(name).or(() -> Optional.ofNullable(fileSettings.get(name)));
    }

    /** Empty is as good as not set: scripts and containers pass variables on that they lack. */
    private Optional<String> inEnvironment(String name) {
        return Optional.ofNullable(environment.get(variable(name)))
                .filter(value -> !value.isEmpty());
    }

    /**
     * Makes sure that nothing is set that no command has: a misspelt setting must not be lost in
     * silence.
     *
     * @throws CliException {@code USAGE} that names it and the settings there are
     */
    void refuseUnknown(CommandSpec root) {
        Set<String> known = new TreeSet<>();
        collect(root, known);
        List<String> unknown = new ArrayList<>();
        fileSettings.keySet().stream()
                .filter(name -> !known.contains(name))
                .sorted()
                .forEach(
                        name ->
                                unknown.add(
                                        "'"
                                                + name
                                                + "' in "
                                                + file.map(Path::toString).orElse("")));
        environment.keySet().stream()
                .filter(
                        variable ->
                                variable.startsWith(PREFIX) && !variable.equals(PREFIX + "CONFIG"))
                .filter(
                        variable ->
                                known.stream().noneMatch(name -> variable(name).equals(variable)))
                .sorted()
                .forEach(variable -> unknown.add(variable + " in the environment"));
        if (!unknown.isEmpty()) {
            throw new CliException(
                    ExitCode.USAGE,
                    "There is no such setting: "
                            + String.join(", ", unknown)
                            + ". Settings are named as the flags are: "
                            + String.join(", ", known)
                            + ".");
        }
    }

    private static void collect(CommandSpec command, Set<String> known) {
        for (OptionSpec option : command.options()) {
            if (configurable(name(option))) {
                known.add(name(option));
            }
        }
        command.subcommands().values().forEach(sub -> collect(sub.getCommandSpec(), known));
    }

    static boolean configurable(String name) {
        return !FLAG_ONLY.contains(name);
    }

    static String name(OptionSpec option) {
        return option.longestName().replaceFirst("^-+", "");
    }

    static String variable(String name) {
        return PREFIX + name.toUpperCase(Locale.ROOT).replace('-', '_');
    }
}
