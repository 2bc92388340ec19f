package org.freelims.sync.examples.benchmarks.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
    private static final int CLIENTS = 5;
    private static final int MESSAGES = 20;

    @TempDir Path folder;

    @Test
    void run_ofOurs_seesEveryDelivery() throws Exception {
        assertEquals(0, compare("ours", "ours-socketio", "floor"));
        assertAllArrived(3);
        assertTrue(Files.readString(folder.resolve("fan-out.md")).contains("FreeLIMS Sync"));
        DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(folder.resolve("fan-out.svg").toFile());
    }

    @Test
    @Tag("e2e")
    void run_ofNodesServers_seesEveryDelivery() throws Exception {
        assertEquals(0, compare("socketio", "ws"));
        assertAllArrived(2);
    }

    @Test
    void run_whereOnlySomeSubscribe_expectsTheirDeliveriesOnly() throws Exception {
        assertEquals(0, compare("ours", "--interested=40"));
        for (JsonNode measured : measurements()) {
            assertEquals(2 * MESSAGES, measured.path("delivered").asInt());
        }
    }

    @Test
    void run_ofAServerThatDeliversNothing_fails() throws Exception {
        List<String> failures = failuresWith((count, rate) -> {});
        assertEquals(1, failures.size());
        assertTrue(failures.get(0).contains("0 of 100 deliveries"), failures.get(0));
    }

    @Test
    void run_ofAServerThatLosesOneNotification_fails() throws Exception {
        Peer floor = peer("floor");
        List<String> failures = new ArrayList<>();
        Peer losing = withTrigger(floor, ports -> losing(floor.trigger().apply(ports)));
        run(losing, failures);
        assertTrue(failures.get(0).contains("95 of 100 deliveries"), failures.get(0));
    }

    @Test
    void run_ofAServerThatDoesNotStart_saysWhatItSaid() throws Exception {
        Peer floor = peer("floor");
        List<String> failures = new ArrayList<>();
        run(
                new Peer(
                        floor.name(),
                        floor.label(),
                        "",
                        floor.missing(),
                        (ports, work) ->
                                List.of(System.getProperty("java.home") + "/bin/java", "-x"),
                        floor.dialog(),
                        floor.trigger()),
                failures);
        assertTrue(failures.get(0).contains("Unrecognized option"), failures.get(0));
    }

    @Test
    void run_withArgumentsThatMakeNoSense_exitsWithTwo() {
        assertEquals(2, Comparison.execute("--clients", "0"));
        assertEquals(2, Comparison.execute("--interested", "101"));
        assertEquals(2, Comparison.execute("--modes", "slow"));
        assertEquals(2, Comparison.execute("no-such-server"));
    }

    private int compare(String... more) {
        return Comparison.execute(
                Stream.concat(
                                Stream.of(
                                        "--clients=" + CLIENTS,
                                        "--messages=" + MESSAGES,
                                        "--rounds=1",
                                        "--warm-up-seconds=0",
                                        "--peers=peers",
                                        "--out=" + folder),
                                Stream.of(more))
                        .toArray(String[]::new));
    }

    private JsonNode measurements() throws IOException {
        return new ObjectMapper()
                .readTree(folder.resolve("fan-out.json").toFile())
                .path("measurements");
    }

    private void assertAllArrived(int peers) throws IOException {
        JsonNode measurements = measurements();
        assertEquals(2 * peers, measurements.size(), "each in both modes");
        for (JsonNode measured : measurements) {
            assertEquals(CLIENTS * MESSAGES, measured.path("delivered").asInt());
        }
    }

    private List<String> failuresWith(Trigger trigger) throws InterruptedException {
        List<String> failures = new ArrayList<>();
        run(withTrigger(peer("floor"), ports -> trigger), failures);
        return failures;
    }

    private void run(Peer peer, List<String> failures) throws InterruptedException {
        Settings settings =
                new Settings(CLIENTS, CLIENTS, 1, 0, List.of(new Mode("burst", MESSAGES, 0)));
        Runner runner = new Runner(settings, folder, Duration.ofSeconds(2), System.err::println);
        runner.run(List.of(peer));
        failures.addAll(runner.failures());
    }

    private static Trigger losing(Trigger all) {
        return (count, rate) -> all.publish(count - 1, rate);
    }

    private static Peer withTrigger(Peer peer, Function<Ports, Trigger> trigger) {
        return new Peer(
                peer.name(),
                peer.label(),
                peer.version(),
                peer.missing(),
                peer.command(),
                peer.dialog(),
                trigger);
    }

    private static Peer peer(String name) {
        return new Peers(Path.of("peers"), "test")
                .all().stream().filter(peer -> peer.name().equals(name)).findFirst().orElseThrow();
    }
}
