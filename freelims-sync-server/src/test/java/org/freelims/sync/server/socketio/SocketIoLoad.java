package org.freelims.sync.server.socketio;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * What many clients cost: {@code SocketIoLoad [POLLING [SOCKETS]]}, 2,000 each if not said. Starts
 * the server in this JVM and the clients in another, and prints the heap that one idle session of
 * either kind takes, how a change spreads, and when clients that never poll again are gone.
 */
final class SocketIoLoad {
    private SocketIoLoad() {}

    public static void main(String[] args) throws Exception {
        if (args.length == 4) {
            clients(Integer.parseInt(args[1]), args[2], Integer.parseInt(args[3]));
            return;
        }
        int polling = args.length > 0 ? Integer.parseInt(args[0]) : 2000;
        int sockets = args.length > 1 ? Integer.parseInt(args[1]) : 2000;
        try (SyncFixture fixture = SyncFixture.start()) {
            new ManyClients(fixture.port()).openOnly(); // so that classes are loaded
            long empty = usedHeap();
            Process pollers = start(fixture, "polling", polling);
            long withPollers = report("idle polling session", polling, empty);
            Process others = start(fixture, "websocket", sockets);
            report("idle WebSocket session", sockets, withPollers);
            System.out.println("sessions now: " + fixture.endpoint.sessions());
            Thread.sleep(1000); // a measurement's pause, so that the change is alone
            fixture.change("to all");
            System.out.println(line(pollers));
            System.out.println(line(others));
            long killed = System.nanoTime();
            pollers.destroyForcibly();
            others.destroyForcibly();
            while (fixture.endpoint.sessions() > 1) {
                Thread.sleep(10);
            }
            System.out.printf(
                    Locale.ROOT,
                    "all gone %d ms after their processes; heap over the empty server: %d KB%n",
                    (System.nanoTime() - killed) / 1_000_000,
                    (usedHeap() - empty) / 1024);
        }
        silentClients(polling);
    }

    private static void silentClients(int count) throws InterruptedException {
        EngineSettings quick =
                EngineSettings.DEFAULTS.withPings(Duration.ofSeconds(4), Duration.ofSeconds(2));
        try (SyncFixture fixture = SyncFixture.start(quick)) {
            ManyClients clients = new ManyClients(fixture.port());
            long empty = usedHeap();
            for (int i = 0; i < count; i++) {
                clients.openOnly();
            }
            long opened = System.nanoTime();
            int most = fixture.endpoint.sessions();
            while (fixture.endpoint.sessions() > 0) {
                Thread.sleep(10);
            }
            System.out.printf(
                    Locale.ROOT,
                    "%d that never polled again (ping after 4 s, timeout 2 s): gone after %d ms;"
                            + " heap over the empty server: %d KB%n",
                    most,
                    (System.nanoTime() - opened) / 1_000_000,
                    (usedHeap() - empty) / 1024);
        }
    }

    private static long report(String what, int count, long before) {
        long now = usedHeap();
        System.out.printf(
                Locale.ROOT, "%s: %.1f KB of heap%n", what, (now - before) / 1024.0 / count);
        return now;
    }

    private static long usedHeap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static Process start(SyncFixture fixture, String kind, int count) throws IOException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx1g",
                                "-cp",
                                System.getProperty("java.class.path"),
                                SocketIoLoad.class.getName(),
                                "clients",
                                Integer.toString(fixture.port()),
                                kind,
                                Integer.toString(count))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        System.out.println(line(process));
        return process;
    }

    private static String line(Process process) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = process.getInputStream().read();
                c != '\n' && c >= 0;
                c = process.getInputStream().read()) {
            line.append((char) c);
        }
        return line.toString();
    }

    private static void clients(int port, String kind, int count) throws InterruptedException {
        ManyClients clients = new ManyClients(port);
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            if (kind.equals("polling")) {
                clients.poll();
            } else {
                clients.socket();
            }
        }
        while (clients.subscribed() + clients.failed() < count) {
            Thread.sleep(1);
        }
        System.out.printf(
                "%d %s clients subscribed in %d ms, %d failed%n",
                clients.subscribed(),
                kind,
                (System.nanoTime() - start) / 1_000_000,
                clients.failed());
        while (clients.heard() == 0) {
            Thread.sleep(1);
        }
        long first = System.nanoTime();
        while (clients.heard() < clients.subscribed()) {
            Thread.sleep(1);
        }
        System.out.printf(
                "%d %s clients heard of one change, the last %d ms after the first%n",
                clients.heard(), kind, (System.nanoTime() - first) / 1_000_000);
        Thread.sleep(Duration.ofMinutes(5).toMillis());
    }
}
