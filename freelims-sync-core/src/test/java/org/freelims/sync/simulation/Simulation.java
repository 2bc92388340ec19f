package org.freelims.sync.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.ResourceCatalog;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.session.Limits;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.InMemoryConnection;

/**
 * One seeded run: two nodes on one log, a handful of clients, some hundred faults, then peace, in
 * which everybody must become complete. The same seed gives the same run.
 */
final class Simulation {
    private static final List<String> EXPRESSIONS =
            List.of("items", "items/3", "items?q<10", "tests", "*", "tests?q<5", "items/7");
    private static final int CLIENTS = 5;
    private static final int NODES = 2;
    private static final int FAULTS = 150;
    private static final long CAP_BYTES = 1500;

    private final Random random;
    private final VirtualTime time;
    private final Trace trace;
    private final SimulatedLog log;
    private final List<Optional<SyncHub>> nodes = new ArrayList<>();
    private final List<SimulatedClient> clients = new ArrayList<>();
    private int connections;
    private boolean peace;

    private Simulation(long seed, boolean telling) {
        this.random = new Random(seed);
        this.time = new VirtualTime(random);
        this.trace = new Trace(seed, time, telling);
        History history = new History();
        this.log = new SimulatedLog(history, random, time);
        for (int i = 0; i < NODES; i++) {
            nodes.add(Optional.empty());
        }
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new SimulatedClient("client" + i, history, log, trace));
        }
    }

    /**
     * Runs a seed; one that fails is run again to tell the story. Returns how many notifications
     * were checked.
     *
     * @throws Trace.Violation if anything was lost, repeated, reordered or made up
     */
    static long run(long seed) {
        Simulation simulation = new Simulation(seed, false);
        simulation.run();
        if (simulation.trace.isViolated()) {
            Simulation told = new Simulation(seed, true);
            told.run();
            told.trace.rethrow();
            throw new AssertionError("seed " + seed + " does not repeat itself");
        }
        return simulation.clients.stream().mapToLong(SimulatedClient::notifications).sum();
    }

    private void run() {
        for (int i = 0; i < 10; i++) {
            log.commit();
        }
        for (int i = 0; i < FAULTS && !trace.isViolated(); i++) {
            fault();
            time.advance(Duration.ofMillis(random.nextInt(30)));
        }
        peace = true;
        log.reachable(true);
        for (int node = 0; node < NODES; node++) {
            startNode(node);
        }
        for (int i = 0; i < 40 && !trace.isViolated() && !isComplete(); i++) {
            clients.forEach(
                    client -> {
                        connect(client);
                        client.connection().ifPresent(InMemoryConnection::resume);
                    });
            time.advance(Duration.ofSeconds(1));
        }
        if (!trace.isViolated()) {
            clients.forEach(SimulatedClient::requireComplete);
        }
    }

    private boolean isComplete() {
        return clients.stream().allMatch(SimulatedClient::isComplete);
    }

    private void fault() {
        SimulatedClient client = clients.get(random.nextInt(CLIENTS));
        int kind = random.nextInt(100);
        if (kind < 40) {
            for (int burst = random.nextInt(8); burst >= 0; burst--) {
                log.commit();
            }
        } else if (kind < 52) {
            connect(client);
        } else if (kind < 60) {
            client.connection()
                    .ifPresent(c -> c.disconnect(new CloseReason(CloseReason.BROKEN, "cut")));
        } else if (kind < 72) {
            client.subscribe(expression(), from());
        } else if (kind < 75) {
            client.unsubscribe(expression());
        } else if (kind < 81) {
            client.connection().ifPresent(InMemoryConnection::pause);
        } else if (kind < 89) {
            client.connection().ifPresent(InMemoryConnection::resume);
        } else if (kind < 92) {
            log.expire();
        } else if (kind < 95) {
            log.reachable(random.nextBoolean());
        } else if (kind < 99) {
            stopOrStart(random.nextInt(NODES));
        } else if (random.nextInt(3) == 0) {
            trace.add(() -> "another epoch");
            log.startEpoch();
        }
    }

    private String expression() {
        return EXPRESSIONS.get(random.nextInt(EXPRESSIONS.size()));
    }

    private StartFrom from() {
        return switch (random.nextInt(3)) {
            case 0 -> StartFrom.now();
            case 1 -> StartFrom.snapshot();
            default -> StartFrom.after(log.trueHead());
        };
    }

    private void stopOrStart(int node) {
        Optional<SyncHub> hub = nodes.get(node);
        if (hub.isEmpty()) {
            startNode(node);
            return;
        }
        trace.add(() -> "node " + node + " stops");
        nodes.set(node, Optional.empty());
        var unused = hub.get().shutdown();
    }

    private void startNode(int node) {
        if (nodes.get(node).isPresent()) {
            return;
        }
        HubThreads threads =
                new HubThreads(
                        time.executor(Duration.ofNanos(200_000)),
                        time.executor(Duration.ofMillis(8)),
                        time,
                        () -> {});
        try {
            SyncHub hub =
                    SyncHub.builder()
                            .log(log)
                            .snapshots(log)
                            .catalog(ResourceCatalog.of("items", "tests"))
                            .allowAnonymous(true)
                            .threads(threads)
                            .random(new Random(random.nextLong()))
                            .limits(
                                    Limits.builder()
                                            .pendingBytes(CAP_BYTES)
                                            .recentBytes(6000)
                                            .pageSize(7)
                                            .build())
                            .build();
            hub.start();
            nodes.set(node, Optional.of(hub));
            trace.add(() -> "node " + node + " starts");
        } catch (SyncException e) {
            trace.add(() -> "node " + node + " can't start: " + e.getMessage());
            if (peace) {
                time.advance(Duration.ofMillis(50));
                startNode(node);
            }
        }
    }

    private void connect(SimulatedClient client) {
        Optional<SyncHub> hub = nodes.get(random.nextInt(NODES));
        if (client.isConnected() || hub.isEmpty()) {
            return;
        }
        client.connected(
                InMemoryConnection.open(
                        "c" + connections++,
                        CAP_BYTES,
                        time.executor(Duration.ofMillis(2)),
                        connection -> hub.get().open(connection, Optional.empty()),
                        client.receiver()));
    }
}
