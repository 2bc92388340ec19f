package org.freelims.sync.examples.benchmarks.comparison;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/**
 * Measures peers in alternation: each round takes every peer in turn, a fresh server each time,
 * warmed up by bursts that are not counted, so that what disturbs the machine for a while disturbs
 * all. Confined to one thread.
 */
final class Runner {
    /** Spring's broker confirms no subscription, so all are given this time. */
    private static final Duration SETTLE = Duration.ofSeconds(1);

    private static final Duration CONNECT = Duration.ofMinutes(2);
    private static final Mode WARM_UP_BURST = new Mode("warm-up", 300, 0);

    private final Settings settings;
    private final Path folder;
    private final Duration quiet;
    private final Consumer<String> progress;
    private final List<Measurement> measurements = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();

    /**
     * @param folder for the servers' files
     * @param quiet after so long without a delivery no more are waited for
     * @param progress told what happens, line by line
     */
    Runner(Settings settings, Path folder, Duration quiet, Consumer<String> progress) {
        this.settings = settings;
        this.folder = folder;
        this.quiet = quiet;
        this.progress = progress;
    }

    /** Measures all peers and returns what was measured. */
    List<Measurement> run(List<Peer> peers) throws InterruptedException {
        for (int round = 1; round <= settings.rounds(); round++) {
            for (int i = 0; i < peers.size(); i++) {
                Peer peer = peers.get((i + round - 1) % peers.size());
                progress.accept(
                        "round %d of %d: %s".formatted(round, settings.rounds(), peer.label()));
                try {
                    measure(peer, round);
                } catch (IOException e) {
                    fail(peer, String.valueOf(e.getMessage()));
                }
            }
        }
        return List.copyOf(measurements);
    }

    /** Returns what went wrong, a line each; empty if every delivery arrived. */
    List<String> failures() {
        return List.copyOf(failures);
    }

    private void fail(Peer peer, String why) {
        failures.add(peer.label() + ": " + why);
        progress.accept("  FAILED: " + why);
    }

    private void measure(Peer peer, int round) throws IOException, InterruptedException {
        try (PeerServer server = PeerServer.start(peer, folder);
                LoadGenerator clients = new LoadGenerator(server.ports().server())) {
            clients.connect(
                    settings.clients(),
                    settings.interested(),
                    peer.dialog().apply("inventory"),
                    peer.dialog().apply("samples"),
                    CONNECT);
            clients.rest(SETTLE);
            Trigger trigger = peer.trigger().apply(server.ports());
            warmUp(clients, trigger);
            for (Mode mode : settings.modes()) {
                Measurement measured = measure(peer, round, mode, server, clients, trigger);
                measurements.add(measured);
                progress.accept(line(measured));
                if (!measured.isComplete()) {
                    fail(
                            peer,
                            "%s: %d of %d deliveries, %d connections lost %s"
                                    .formatted(
                                            mode.name(),
                                            measured.delivered(),
                                            measured.expected(),
                                            measured.lostConnections(),
                                            clients.lastLoss()));
                    return;
                }
            }
        }
    }

    private void warmUp(LoadGenerator clients, Trigger trigger)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + settings.warmUpSeconds() * 1_000_000_000L;
        do {
            publish(clients, trigger, WARM_UP_BURST);
        } while (System.nanoTime() < end);
    }

    private Measurement measure(
            Peer peer,
            int round,
            Mode mode,
            PeerServer server,
            LoadGenerator clients,
            Trigger trigger)
            throws IOException, InterruptedException {
        double load = Machine.load();
        long cpu = server.cpuNanos();
        long ownCpu = Machine.ownCpuNanos();
        publish(clients, trigger, mode);
        return new Measurement(
                peer.name(),
                mode.name(),
                round,
                deliveries(mode),
                clients.latencies().total(),
                clients.lost(),
                clients.elapsed().toNanos() / 1e9,
                cpu < 0 ? Double.NaN : (server.cpuNanos() - cpu) / 1e9,
                (Machine.ownCpuNanos() - ownCpu) / 1e9,
                clients.latencies().percentile(0.5),
                clients.latencies().percentile(0.99),
                load);
    }

    private long deliveries(Mode mode) {
        return (long) mode.messages() * settings.interested();
    }

    /** Publishes, from another thread, while this one reads. */
    private void publish(LoadGenerator clients, Trigger trigger, Mode mode)
            throws IOException, InterruptedException {
        clients.reset();
        CompletableFuture<Void> published =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                trigger.publish(mode.messages(), mode.rate());
                            } catch (IOException | InterruptedException e) {
                                throw new CompletionException(e);
                            }
                        });
        clients.await(deliveries(mode), quiet);
        try {
            if (clients.latencies().total() >= deliveries(mode)) {
                published.join();
            } else if (published.isCompletedExceptionally()) {
                published.join();
            }
        } catch (CompletionException e) {
            throw new IOException("publishing failed: " + e.getCause(), e);
        }
    }

    private static String line(Measurement m) {
        return String.format(
                Locale.ROOT,
                "  %-6s %.2f us of CPU a delivery, %,.0f deliveries/s, p50 %.1f ms, p99 %.1f ms",
                m.mode(),
                m.cpuMicrosPerDelivery(),
                m.deliveriesPerSecond(),
                m.p50Micros() / 1e3,
                m.p99Micros() / 1e3);
    }
}
