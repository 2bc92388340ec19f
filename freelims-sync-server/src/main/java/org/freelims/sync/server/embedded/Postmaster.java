package org.freelims.sync.server.embedded;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.freelims.sync.server.embedded.EmbeddedPostgresException.Problem;

/**
 * Initialises, starts and stops PostgreSQL in one data directory, by its own initdb and pg_ctl.
 * Confined to the thread that starts or stops the server.
 *
 * <p>pg_ctl puts the postmaster into a session of its own, so that a Ctrl-C in the terminal reaches
 * this program only, which then stops PostgreSQL in order; on Windows it also sheds an
 * administrator's rights, without which PostgreSQL does not start.
 */
final class Postmaster {
    static final String USER = "freelims";

    private static final Logger LOG = System.getLogger(Postmaster.class.getName());
    private static final Duration POLL = Duration.ofMillis(10);
    private static final Duration SAY_STILL_WAITING_EVERY = Duration.ofSeconds(10);

    private final Binaries binaries;
    private final DataDirectory data;
    private final RunAs runAs;
    private final boolean durable;

    Postmaster(Binaries binaries, DataDirectory data, RunAs runAs, boolean durable) {
        this.binaries = binaries;
        this.data = data;
        this.runAs = runAs;
        this.durable = durable;
    }

    /** Makes the database cluster; it appears complete or not at all. */
    void initialise() throws IOException {
        Path unfinished = data.root().resolve("postgresql.initialising");
        Binaries.deleteTree(unfinished);
        data.createPassword();
        runAs.owner().ifPresent(data::give);
        LOG.log(Level.INFO, "Creating a PostgreSQL database in {0}", data.postgres());
        var arguments =
                new ArrayList<>(
                        List.of(
                                "--pgdata=" + unfinished,
                                "--username=" + USER,
                                "--pwfile=" + data.passwordFile(),
                                "--auth=scram-sha-256",
                                "--encoding=UTF8",
                                "--locale=C",
                                "--locale-provider=builtin",
                                "--builtin-locale=C.UTF-8",
                                "--data-checksums"));
        if (!durable) {
            arguments.add("--no-sync");
        }
        var result = Command.run(runAs.command(binaries.program("initdb"), arguments));
        if (!result.succeeded()) {
            Binaries.deleteTree(unfinished);
            throw Failures.starting(result.output(), 0, data);
        }
        Files.deleteIfExists(data.postgres());
        Files.move(unfinished, data.postgres());
    }

    /**
     * A postmaster that runs on this directory already: its JVM was killed, or somebody started it
     * by hand.
     */
    Optional<PidFile> running() throws IOException {
        return PidFile.read(data.postgres()).filter(PidFile::alive);
    }

    /**
     * Starts PostgreSQL on {@code port} and waits until it takes connections, as long as its
     * recovery may take.
     */
    void start(int port) throws IOException {
        requireFree(port);
        PidFile.disownIfNotPostgres(data.postgres());
        data.rotateLog();
        long logBytes = data.logBytes();
        Path output = data.root().resolve("pg_ctl.log");
        Process starter =
                Command.startInto(
                        output,
                        runAs.command(
                                binaries.program("pg_ctl"),
                                List.of(
                                        "start",
                                        "--pgdata=" + data.postgres(),
                                        "--log=" + data.log(),
                                        "--wait",
                                        "--timeout=" + TimeUnit.DAYS.toSeconds(30),
                                        "--options=" + options(port))));
        awaitReady(starter, port);
        if (!starter.isAlive() && starter.exitValue() != 0) {
            String log = data.logSince(logBytes);
            throw Failures.starting(
                    log.isEmpty() ? Files.readString(output).strip() : log, port, data);
        }
    }

    /** Waits until the postmaster that runs here takes connections; false if it ended instead. */
    boolean awaitReady() throws IOException {
        long nextWord = System.nanoTime() + SAY_STILL_WAITING_EVERY.toNanos();
        for (var now = running(); now.isPresent(); now = running()) {
            if (now.get().ready()) {
                return true;
            }
            nextWord = stillWaiting(nextWord);
        }
        return false;
    }

    private void awaitReady(Process starter, int port) throws IOException {
        long nextWord = System.nanoTime() + SAY_STILL_WAITING_EVERY.toNanos();
        while (starter.isAlive()) {
            if (running().filter(p -> p.ready() && p.port() == port).isPresent()) {
                return;
            }
            nextWord = stillWaiting(nextWord);
        }
    }

    private long stillWaiting(long nextWord) {
        pause();
        if (System.nanoTime() - nextWord < 0) {
            return nextWord;
        }
        LOG.log(
                Level.INFO,
                "PostgreSQL is still starting; after a crash it first brings its data in order"
                        + " ({0})",
                data.log());
        return System.nanoTime() + SAY_STILL_WAITING_EVERY.toNanos();
    }

    /** Ends all connections, writes everything down and stops; returns once the process is gone. */
    void stop() throws IOException {
        Optional<PidFile> before = running();
        if (before.isEmpty()) {
            return;
        }
        // pg_ctl's "fast" is SIGINT, on Windows what stands for it
        Command.run(
                runAs.command(
                        binaries.program("pg_ctl"),
                        List.of(
                                "stop",
                                "--pgdata=" + data.postgres(),
                                "--mode=fast",
                                "--no-wait")));
        awaitEnd(before.get());
    }

    /** Stops at once, leaving the data as a crash would: only for data that is thrown away. */
    void stopImmediately() throws IOException {
        Optional<PidFile> before = running();
        if (before.isPresent()) {
            Command.run(
                    runAs.command(
                            binaries.program("pg_ctl"),
                            List.of(
                                    "stop",
                                    "--pgdata=" + data.postgres(),
                                    "--mode=immediate",
                                    "--no-wait")));
            awaitEnd(before.get());
        }
    }

    void awaitEnd(PidFile postmaster) {
        while (postmaster.alive()) {
            pause();
        }
    }

    private String options(int port) {
        var settings =
                new ArrayList<>(
                        List.of(
                                "listen_addresses=127.0.0.1",
                                "port=" + port,
                                "unix_socket_directories=",
                                "fsync=" + onOff(durable),
                                "full_page_writes=" + onOff(durable),
                                "synchronous_commit=" + onOff(durable)));
        return "-c " + String.join(" -c ", settings);
    }

    private static String onOff(boolean on) {
        return on ? "on" : "off";
    }

    /** A port of the loopback interface that nobody listens on at this moment. */
    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, loopback())) {
            return socket.getLocalPort();
        }
    }

    static boolean free(int port) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(loopback(), port), 1);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static void requireFree(int port) {
        if (!free(port)) {
            throw Failures.portInUse(port);
        }
    }

    private static InetAddress loopback() throws IOException {
        return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    }

    private static void pause() {
        try {
            Thread.sleep(POLL.toMillis());
        } catch (InterruptedException e) {
            throw Command.interrupted(e);
        }
    }

    EmbeddedPostgresException ended() throws IOException {
        return new EmbeddedPostgresException(
                Problem.FAILED,
                "PostgreSQL ended while it was being taken over:\n" + data.logSince(0));
    }
}
