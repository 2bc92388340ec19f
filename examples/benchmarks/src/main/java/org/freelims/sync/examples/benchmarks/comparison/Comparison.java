package org.freelims.sync.examples.benchmarks.comparison;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Measures fan-out side by side and writes {@code fan-out.md}, {@code fan-out.json} and {@code
 * fan-out.svg}; {@code examples/benchmarks/run.sh} builds what it needs. Exit codes: 0 if every
 * delivery arrived, 1 if not or nothing could be measured, 2 for a mistake in the arguments.
 */
@Command(
        name = "run.sh",
        mixinStandardHelpOptions = true,
        version = "FreeLIMS Sync Benchmarks",
        sortOptions = false,
        description =
                "Measures fan-out to WebSocket clients, ours and others' servers in alternation,"
                        + " and writes a table and a chart.")
public final class Comparison implements Callable<Integer> {
    enum Pace {
        burst,
        paced
    }

    @SuppressWarnings("NullAway.Init") // set by picocli
    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "SERVER",
            description = "What to measure; all that are installed if not said. See --list.")
    private List<String> names = new ArrayList<>();

    @Option(names = "--list", description = "Lists the servers and ends.")
    private boolean list;

    @Option(names = "--clients", defaultValue = "500", description = "Connections (500).")
    private int clients;

    @Option(
            names = "--interested",
            defaultValue = "100",
            description = "Of 100 clients, how many subscribe to what changes (100).")
    private int interested;

    @Option(
            names = "--messages",
            defaultValue = "1000",
            description = "Notifications of a burst, and of a paced round (1000).")
    private int messages;

    @Option(
            names = "--rate",
            defaultValue = "200",
            description = "Notifications a second when paced (200).")
    private int rate;

    @Option(names = "--rounds", defaultValue = "3", description = "Rounds (3).")
    private int rounds;

    @Option(
            names = "--modes",
            split = ",",
            defaultValue = "burst,paced",
            description = "burst, paced, or both (burst,paced).")
    private List<Pace> modes = List.of();

    @Option(
            names = "--warm-up-seconds",
            defaultValue = "4",
            description = "Bursts that are not counted before each round (4).")
    private int warmUpSeconds;

    @Option(
            names = "--quiet-seconds",
            defaultValue = "10",
            description = "Gives a server up that delivers nothing for so long (10).")
    private int quietSeconds;

    @Option(
            names = "--out",
            defaultValue = "examples/benchmarks/target/results",
            description = "Where the results go (examples/benchmarks/target/results).")
    private Path out = Path.of("");

    @Option(names = "--peers", hidden = true, defaultValue = "examples/benchmarks/peers")
    private Path peersFolder = Path.of("");

    @Option(names = "--our-version", hidden = true, defaultValue = "this build")
    private String ourVersion = "";

    /** Runs the command and exits with its code. */
    public static void main(String[] args) {
        System.exit(execute(args));
    }

    /** Runs the command and returns its exit code. */
    static int execute(String... args) {
        return new CommandLine(new Comparison()).execute(args);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Peer> all = new Peers(peersFolder.toAbsolutePath(), ourVersion).all();
        if (list) {
            all.forEach(
                    peer ->
                            System.out.printf(
                                    "%-16s %s%n",
                                    peer.name(),
                                    peer.missing()
                                            .map(why -> peer.label() + ": " + why)
                                            .orElse(peer.label() + " " + peer.version())));
            return 0;
        }
        check(clients >= 1 && clients <= 20_000, "--clients is a number from 1 to 20000");
        check(interested >= 1 && interested <= 100, "--interested is a number from 1 to 100");
        check(messages >= 1 && messages <= 100_000, "--messages is a number from 1 to 100000");
        check(rate >= 1 && rate <= 100_000, "--rate is a number from 1 to 100000");
        check(rounds >= 1 && rounds <= 100, "--rounds is a number from 1 to 100");
        check(warmUpSeconds >= 0 && warmUpSeconds <= 600, "--warm-up-seconds is from 0 to 600");
        check(quietSeconds >= 1 && quietSeconds <= 600, "--quiet-seconds is from 1 to 600");
        return measure(chosen(all));
    }

    private void check(boolean holds, String message) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), message + '.');
        }
    }

    private List<Peer> chosen(List<Peer> all) {
        if (names.isEmpty()) {
            return all;
        }
        List<String> known = all.stream().map(Peer::name).toList();
        names.forEach(
                name ->
                        check(
                                known.contains(name),
                                "There is no server "
                                        + name
                                        + " to measure. There are "
                                        + String.join(", ", known)));
        return all.stream().filter(peer -> names.contains(peer.name())).toList();
    }

    private int measure(List<Peer> chosen) throws IOException, InterruptedException {
        List<Peer> skipped = chosen.stream().filter(peer -> peer.missing().isPresent()).toList();
        List<Peer> peers = chosen.stream().filter(peer -> peer.missing().isEmpty()).toList();
        skipped.forEach(
                peer -> say("skipped: " + peer.label() + ": " + peer.missing().orElseThrow()));
        if (peers.isEmpty()) {
            say("Nothing is left to measure.");
            return 1;
        }
        Path logs = Files.createDirectories(out.resolve("logs"));
        Settings settings =
                new Settings(
                        clients,
                        Math.max(1, Math.round(clients * interested / 100f)),
                        rounds,
                        warmUpSeconds,
                        modes.stream()
                                .map(p -> new Mode(p.name(), messages, p == Pace.paced ? rate : 0))
                                .toList());
        Runner runner =
                new Runner(settings, logs, Duration.ofSeconds(quietSeconds), Comparison::say);
        List<Measurement> measured = runner.run(peers);
        write(
                new Results(
                        LocalDate.now(ZoneId.systemDefault()),
                        Machine.here(),
                        settings,
                        peers,
                        skipped,
                        measured));
        runner.failures().forEach(failure -> say("FAILED: " + failure));
        return runner.failures().isEmpty() ? 0 : 1;
    }

    private void write(Results results) throws IOException {
        String table = MarkdownReport.of(results);
        Files.writeString(out.resolve("fan-out.md"), table);
        Files.writeString(out.resolve("fan-out.svg"), BarChart.of(results));
        Files.writeString(out.resolve("fan-out.json"), json(results));
        System.out.println(table);
        say("Written to " + out + ": fan-out.md, fan-out.json, fan-out.svg");
    }

    private static String json(Results results) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode json = mapper.createObjectNode();
        json.put("date", results.date().toString());
        json.set("machine", mapper.valueToTree(results.machine()));
        json.set("settings", mapper.valueToTree(results.settings()));
        ArrayNode peers = json.putArray("peers");
        for (Peer peer : results.peers()) {
            peers.addObject().put("name", peer.name()).put("version", peer.version());
        }
        json.set(
                "skipped",
                mapper.valueToTree(
                        results.skipped().stream()
                                .collect(
                                        Collectors.toMap(
                                                Peer::name, peer -> peer.missing().orElse("")))));
        json.set("measurements", mapper.valueToTree(results.measurements()));
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(json) + '\n';
    }

    private static void say(String line) {
        System.err.println(line);
    }
}
