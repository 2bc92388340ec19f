package org.freelims.sync.examples.instrument;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** The runnable jar with demo data, as a process. */
final class RealServer implements AutoCloseable {
    private static final Path JAR =
            Path.of(System.getProperty("basedir", "."))
                    .resolve("../../freelims-sync-server/target/freelims-sync.jar");

    private final Path directory;
    private final int port;
    private Process process;

    RealServer(Path directory) throws IOException {
        assumeTrue(Files.exists(JAR), "mvn package builds the runnable jar that this test runs");
        this.directory = directory;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        process = start();
    }

    private Process start() throws IOException {
        Process started =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-jar",
                                JAR.toString(),
                                "serve",
                                "--demo",
                                "--port",
                                Integer.toString(port),
                                "--data-dir",
                                directory.resolve("data").toString())
                        .redirectErrorStream(true)
                        .redirectOutput(
                                ProcessBuilder.Redirect.appendTo(
                                        directory.resolve("server.log").toFile()))
                        .start();
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(() -> !started.isAlive() || isOpen());
        if (!started.isAlive()) {
            throw new IOException(Files.readString(directory.resolve("server.log")));
        }
        return started;
    }

    private boolean isOpen() {
        try (Socket open = new Socket("localhost", port)) {
            return open.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    String url() {
        return "http://localhost:" + port;
    }

    void restart() throws IOException {
        close();
        process = start();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
