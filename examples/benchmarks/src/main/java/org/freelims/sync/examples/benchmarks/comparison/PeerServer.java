package org.freelims.sync.examples.benchmarks.comparison;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A peer's server, running in a process of its own. Confined to one thread. */
final class PeerServer implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);
    private static final int LOG_CHARS = 2000;

    private final Process process;
    private final Ports ports;

    private PeerServer(Process process, Ports ports) {
        this.process = process;
        this.ports = ports;
    }

    /**
     * Starts the peer and returns when both ports are open.
     *
     * @throws IOException if it ends or opens no port in a minute, with what it said last
     */
    static PeerServer start(Peer peer, Path folder) throws IOException, InterruptedException {
        Ports ports = Ports.free();
        Path log = folder.resolve(peer.name() + ".log");
        Process process =
                new ProcessBuilder(peer.command().of(ports, folder))
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        // it must not outlive an interrupted run
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        PeerServer server = new PeerServer(process, ports);
        long deadline = System.nanoTime() + START.toNanos();
        while (!isOpen(ports.server()) || !isOpen(ports.go())) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                server.close();
                String said = Files.readString(log, StandardCharsets.UTF_8);
                throw new IOException(
                        "its server did not start. It said: "
                                + said.substring(Math.max(0, said.length() - LOG_CHARS)));
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return server;
    }

    private static boolean isOpen(int port) {
        try {
            new Socket(InetAddress.getLoopbackAddress(), port).close();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    long pid() {
        return process.pid();
    }

    Ports ports() {
        return ports;
    }

    /**
     * Returns the CPU that the process has used, user and system, or -1 where it can't be known.
     */
    long cpuNanos() {
        return process.toHandle().info().totalCpuDuration().map(Duration::toNanos).orElse(-1L);
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
