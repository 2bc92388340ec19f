package org.freelims.sync.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.Principal;
import org.freelims.sync.access.ResourceCatalog;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.session.Limits;
import org.freelims.sync.transport.InMemoryConnection;
import org.jspecify.annotations.Nullable;

/**
 * A place where a server runs, stops, freezes, is killed and is started again. Confined to the
 * test's thread.
 */
final class SimulatedNode {
    private static final long CAP_BYTES = 1500;

    /** One life of the server. */
    private record Life(SyncHub hub, SimulatedProcess process, List<SimulatedClient> clients) {}

    private final String name;
    private final SimulatedLog log;
    private final SimulatedRights rights;
    private final Random random;
    private final VirtualTime time;
    private final Trace trace;
    private @Nullable Life life;
    private int connections;
    private boolean steady;

    SimulatedNode(
            String name,
            SimulatedLog log,
            SimulatedRights rights,
            Random random,
            VirtualTime time,
            Trace trace) {
        this.name = name;
        this.log = log;
        this.rights = rights;
        this.random = random;
        this.time = time;
        this.trace = trace;
    }

    /** Starts it if it does not run and can read the log. */
    void start() {
        if (life != null) {
            return;
        }
        SimulatedProcess process = new SimulatedProcess(time, random);
        process.steady(steady);
        HubThreads threads =
                new HubThreads(
                        process.executor(Duration.ZERO, Duration.ofMillis(3)),
                        process.executor(SimulatedLog.READ_TAKES, Duration.ofMillis(10)),
                        process,
                        () -> {});
        try {
            SyncHub hub =
                    SyncHub.builder()
                            .log(log)
                            .snapshots(log)
                            .catalog(ResourceCatalog.of("items", "tests"))
                            .accessPolicy(rights)
                            .threads(threads)
                            .random(new Random(random.nextLong()))
                            .limits(
                                    Limits.builder()
                                            .pendingBytes(CAP_BYTES)
                                            .recentBytes(6000)
                                            .pageSize(7)
                                            .linger(Duration.ofMillis(10L * random.nextInt(3)))
                                            .build())
                            .build();
            hub.start();
            life = new Life(hub, process, new ArrayList<>());
            trace.add(() -> name + " starts");
        } catch (SyncException e) {
            trace.add(() -> name + " can't start: " + e.getMessage());
        }
    }

    void stopOrStart() {
        Life ended = life;
        if (ended == null) {
            start();
            return;
        }
        trace.add(() -> name + " stops");
        life = null;
        var unused = ended.hub().shutdown();
    }

    /** Ends it as kill -9 does: its clients' connections break, and it does nothing more at all. */
    void kill() {
        Life ended = life;
        if (ended != null) {
            trace.add(() -> name + " is killed");
            life = null;
            ended.process().kill();
            ended.clients().forEach(client -> client.left(this, "with " + name));
        }
    }

    void freeze(Duration duration) {
        if (life != null) {
            trace.add(() -> name + " freezes for " + duration.toMillis() + " ms");
            life.process().freeze(duration);
        }
    }

    /** Makes it run, and without hiccups, until {@link #strain}. */
    void mend() {
        steady = true;
        if (life != null) {
            life.process().thaw();
            life.process().steady(true);
        }
        start();
    }

    /** From now on some of its tasks take much longer than others. */
    void strain() {
        steady = false;
        if (life != null) {
            life.process().steady(false);
        }
    }

    /** Connects a client that is not connected, if this runs. */
    void connect(SimulatedClient client, Duration distance) {
        Life now = life;
        if (client.isConnected() || now == null) {
            return;
        }
        now.clients().add(client);
        client.connected(
                this,
                InMemoryConnection.open(
                        name + "-" + connections++,
                        CAP_BYTES,
                        now.process().executor(Duration.ZERO, distance),
                        connection ->
                                now.hub()
                                        .open(connection, Optional.of(Principal.of(client.name()))),
                        client.receiver()));
    }
}
