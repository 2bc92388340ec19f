package org.freelims.sync.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.StartFrom;

/*
 * A run alternates between two kinds of weather. In foul weather anything goes wrong at any moment, and every message
 * that comes through is checked; then all become complete. In fair weather only one client has trouble, and the others
 * are held to a bound: a change must have come within DELIVERY of its commit. A node looks at the log once a second by
 * itself, which would hide a wake-up that was dropped from a checker that only waits for completeness.
 */
/**
 * One seeded run: two nodes on one log, a handful of clients, some hundred faults. The same seed
 * gives the same run.
 */
final class Simulation {
    /** Within this, of virtual time, a client without trouble is told of a change. */
    static final Duration DELIVERY = Duration.ofMillis(200);

    private static final List<String> EXPRESSIONS =
            List.of("items", "items/3", "items?q<10", "tests", "*", "tests?q<5", "items/7");
    private static final int CLIENTS = 5;
    private static final int NODES = 2;
    private static final int FAULTS = 50;
    private static final int ROUNDS = 2;
    private static final int FAIR_STEPS = 12;

    /** Rule 11: within so many seconds other rights have taken effect. */
    private static final int RIGHTS_KNOWN = 5;

    private static final Duration NEAR = Duration.ofMillis(2);
    private static final Duration FAR = Duration.ofMillis(150);

    private final Random random;
    private final VirtualTime time = new VirtualTime();
    private final Trace trace;
    private final SimulatedLog log;
    private final SimulatedRights rights;
    private final List<SimulatedNode> nodes = new ArrayList<>();
    private final List<SimulatedClient> clients = new ArrayList<>();

    private Simulation(long seed, boolean telling) {
        this.random = new Random(seed);
        this.trace = new Trace(seed, time, telling);
        History history = new History();
        this.log = new SimulatedLog(history, random, time, trace);
        this.rights = new SimulatedRights(random);
        for (int i = 0; i < NODES; i++) {
            nodes.add(new SimulatedNode("node" + i, log, rights, random, time, trace));
        }
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new SimulatedClient("client" + i, history, log, trace));
        }
    }

    /**
     * Runs a seed; one that fails is run again to tell the story. Returns what was checked.
     *
     * @throws Trace.Violation if anything was lost, repeated, reordered, late or made up
     */
    static Checked run(long seed) {
        Simulation simulation = new Simulation(seed, false);
        simulation.run();
        if (simulation.trace.isViolated()) {
            Simulation told = new Simulation(seed, true);
            told.run();
            told.trace.rethrow();
            throw new AssertionError("seed " + seed + " does not repeat itself");
        }
        return simulation.checked();
    }

    /** How much of what there is to be checked came up. */
    record Checked(long notifications, long snapshotsGoneOnWith, long withdrawn, long forbidden) {
        static final Checked NOTHING = new Checked(0, 0, 0, 0);

        Checked plus(Checked other) {
            return new Checked(
                    notifications + other.notifications,
                    snapshotsGoneOnWith + other.snapshotsGoneOnWith,
                    withdrawn + other.withdrawn,
                    forbidden + other.forbidden);
        }
    }

    private Checked checked() {
        return clients.stream()
                .map(
                        c ->
                                new Checked(
                                        c.notifications(),
                                        c.snapshotsGoneOnWith(),
                                        c.withdrawn(),
                                        c.forbidden()))
                .reduce(Checked.NOTHING, Checked::plus);
    }

    private void run() {
        for (int i = 0; i < 10; i++) {
            log.commit();
        }
        for (int round = 0; round < ROUNDS && !trace.isViolated(); round++) {
            foulWeather();
            comeToRest();
            fairWeather();
        }
        comeToRest();
    }

    private void foulWeather() {
        log.behave(false);
        nodes.forEach(SimulatedNode::strain);
        for (int i = 0; i < FAULTS && !trace.isViolated(); i++) {
            fault();
            time.advance(Duration.ofMillis(random.nextInt(30)));
        }
    }

    private void comeToRest() {
        log.behave(true);
        nodes.forEach(SimulatedNode::mend);
        rest(RIGHTS_KNOWN);
        clients.forEach(SimulatedClient::knowsItsRights);
        for (int i = 0; i < 40 && !trace.isViolated() && !isComplete(); i++) {
            rest(1);
        }
        clients.forEach(SimulatedClient::requireComplete);
    }

    private void rest(int seconds) {
        for (int i = 0; i < seconds && !trace.isViolated(); i++) {
            clients.forEach(
                    client -> {
                        connect(client, NEAR);
                        client.resume();
                    });
            time.advance(Duration.ofSeconds(1));
        }
    }

    private boolean isComplete() {
        return clients.stream().allMatch(SimulatedClient::isComplete);
    }

    private void fairWeather() {
        clients.forEach(
                client -> {
                    client.lose("to come nearer");
                    connect(client, NEAR);
                });
        // longer than a node's own look at the log, and than any retry still under way
        time.advance(Duration.ofSeconds(2));
        SimulatedClient troubled = clients.get(0);
        for (int i = 0; i < FAIR_STEPS && !trace.isViolated(); i++) {
            for (int burst = random.nextInt(5); burst >= 0; burst--) {
                log.commit();
                holdToBound();
                time.advance(Duration.ofMillis(random.nextInt(12)));
            }
            switch (random.nextInt(6)) {
                case 0 -> troubled.pause();
                case 1 -> troubled.resume();
                case 2 -> troubled.cutAfter(random.nextInt(2000));
                case 3 -> connect(troubled, FAR);
                default -> {}
            }
            time.advance(Duration.ofMillis(random.nextInt(200)));
        }
        time.advance(DELIVERY);
    }

    /** All clients but the troubled one must know of everything committed so far, soon. */
    private void holdToBound() {
        Position upTo = log.trueHead();
        for (SimulatedClient client : clients.subList(1, CLIENTS)) {
            List<String> live = client.live();
            time.after(DELIVERY, () -> client.requireToldOf(live, upTo));
        }
    }

    private void fault() {
        SimulatedClient client = clients.get(random.nextInt(CLIENTS));
        int kind = random.nextInt(100);
        if (kind < 36) {
            for (int burst = random.nextInt(8); burst >= 0; burst--) {
                log.commit();
            }
        } else if (kind < 50) {
            connect(client, random.nextInt(5) == 0 ? FAR : NEAR);
        } else if (kind < 66) {
            clientFault(client);
        } else if (kind < 78) {
            client.subscribe(expression(), from());
        } else if (kind < 81) {
            client.unsubscribe(expression());
        } else if (kind < 83) {
            client.mayOnlySee(rights.change(client.name()));
        } else if (kind < 88) {
            client.resume();
        } else {
            serverFault(nodes.get(random.nextInt(NODES)));
        }
    }

    private void clientFault(SimulatedClient client) {
        switch (random.nextInt(6)) {
            case 0 -> client.lose("between messages");
            case 1, 2 -> client.cutAfter(random.nextInt(3000));
            case 3 -> client.vanish("and the server does not know");
            default -> client.pause();
        }
    }

    private void serverFault(SimulatedNode node) {
        switch (random.nextInt(13)) {
            case 0, 1 -> node.stopOrStart();
            case 2 -> node.kill();
            case 3, 4 -> node.start();
            case 5, 6 -> node.freeze(Duration.ofMillis(random.nextInt(400)));
            case 7, 8 -> log.expire();
            case 9, 10 -> log.reachable(random.nextBoolean());
            case 11 -> log.wakeAgain();
            default -> log.startEpoch();
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

    private void connect(SimulatedClient client, Duration distance) {
        nodes.get(random.nextInt(NODES)).connect(client, distance);
    }
}
