package org.freelims.sync.examples.benchmarks.comparison;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What connections cost that only wait, each with one subscription, kept up by heartbeats and
 * pings: {@code IdleConnections [CONNECTIONS [SECONDS]]}, 5,000 for 60 s if not said. CPU is the
 * server's, heap its growth after a full collection.
 */
final class IdleConnections {
    private static final int CONNECTIONS = 5000;
    private static final int SECONDS = 60;
    private static final List<String> OURS = List.of("ours", "ours-socketio");
    private static final Duration CONNECT = Duration.ofMinutes(5);
    private static final Duration SETTLE = Duration.ofSeconds(20);
    private static final Pattern USED = Pattern.compile("\\bused (\\d+)K");

    private IdleConnections() {}

    /** Prints a line for each of our two protocols. */
    public static void main(String[] args) throws IOException, InterruptedException {
        int connections = args.length > 0 ? Integer.parseInt(args[0]) : CONNECTIONS;
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : SECONDS;
        Path folder = Files.createTempDirectory("freelims-sync-idle");
        for (Peer peer : new Peers(folder, "").all()) {
            if (OURS.contains(peer.name())) {
                measure(peer, folder, connections, Duration.ofSeconds(seconds));
            }
        }
    }

    private static void measure(Peer peer, Path folder, int connections, Duration duration)
            throws IOException, InterruptedException {
        try (PeerServer server = PeerServer.start(peer, folder);
                LoadGenerator clients = new LoadGenerator(server.ports().server())) {
            Dialog dialog = peer.dialog().apply("inventory");
            long empty = server.cpuNanos();
            clients.rest(SETTLE);
            double emptyShare = (server.cpuNanos() - empty) / (double) SETTLE.toNanos();
            long before = heapKib(server);
            clients.connect(connections, connections, dialog, dialog, CONNECT);
            clients.rest(SETTLE);
            long heap = heapKib(server) - before;
            long cpu = server.cpuNanos();
            clients.rest(duration);
            double share = (server.cpuNanos() - cpu) / (double) duration.toNanos();
            System.out.printf(
                    Locale.ROOT,
                    "%s: %,d idle connections (%d lost) for %d s: %.2f %% of a core (%.2f %% with"
                            + " none), %.1f KiB of heap each%n",
                    peer.label(),
                    connections,
                    clients.lost(),
                    duration.toSeconds(),
                    100 * share,
                    100 * emptyShare,
                    heap / (double) connections);
        }
    }

    /** Returns the server's heap in use after a full collection. */
    private static long heapKib(PeerServer server) throws IOException {
        jcmd(server, "GC.run");
        Matcher used = USED.matcher(jcmd(server, "GC.heap_info"));
        if (!used.find()) {
            throw new IOException("jcmd said nothing of the heap");
        }
        return Long.parseLong(used.group(1));
    }

    private static String jcmd(PeerServer server, String command) throws IOException {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        return Peers.output(jcmd, String.valueOf(server.pid()), command)
                .orElseThrow(() -> new IOException("jcmd is part of a JDK, and was not found"));
    }
}
