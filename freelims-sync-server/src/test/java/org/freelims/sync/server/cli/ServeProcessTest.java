package org.freelims.sync.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.freelims.sync.client.SyncClient;
import org.freelims.sync.client.SyncHandler;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.server.PostgresForTests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The server as a lab runs it, on a PostgreSQL of its own, with a client that stays while the
 * server does not.
 */
class ServeProcessTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir Path dir;
    private final PostgresForTests.Database database = PostgresForTests.freshDatabase();
    private final List<Process> processes = new ArrayList<>();
    private int port;

    @BeforeEach
    void choosePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
    }

    @AfterEach
    void stop() throws InterruptedException {
        for (Process process : processes) {
            process.destroyForcibly();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        }
    }

    private ProcessBuilder command(String... arguments) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "org.freelims.sync.server.cli.Main"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("FREELIMS_SYNC_DATABASE_PASSWORD", database.password());
        return builder;
    }

    private String[] serveArguments() {
        return new String[] {
            "serve",
            "--anonymous",
            "--port",
            Integer.toString(port),
            "--data-dir",
            dir.toString(),
            "--database-url",
            database.url(),
            "--database-user",
            database.user()
        };
    }

    private Process serve() throws IOException {
        Process process =
                command(serveArguments())
                        .redirectOutput(
                                ProcessBuilder.Redirect.appendTo(dir.resolve("log").toFile()))
                        .start();
        processes.add(process);
        await().atMost(LONG)
                .until(
                        () -> {
                            assertTrue(process.isAlive(), this::log);
                            return isListening();
                        });
        return process;
    }

    private String log() {
        try {
            return Files.readString(dir.resolve("log"));
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    private boolean isListening() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private static final class Seen implements SyncHandler {
        final List<ServerMessage.Notification> notifications = new CopyOnWriteArrayList<>();
        volatile boolean subscribed;

        @Override
        public void onNotification(ServerMessage.Notification notification) {
            notifications.add(notification);
        }

        @Override
        public void onSubscribed(Position position) {
            subscribed = true;
        }

        List<String> names() {
            return notifications.stream()
                    .map(n -> n.data().replaceAll(".*\"name\": ?\"([^\"]*)\".*", "$1"))
                    .toList();
        }
    }

    private SyncClient client(Seen seen) {
        SyncClient client = SyncClient.builder().uri("ws://127.0.0.1:" + port + "/sync").build();
        client.subscribe("locations", StartFrom.now(), seen);
        client.connect().join();
        await().atMost(LONG).until(() -> seen.subscribed);
        return client;
    }

    private static void insert(Connection connection, String name) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO locations(name) VALUES (?)")) {
            insert.setString(1, name);
            insert.executeUpdate();
        }
    }

    private static List<String> names(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "shelf " + i).toList();
    }

    @Test
    void sql_committedOrRolledBack_isToldOrNot() throws Exception {
        serve();
        Seen seen = new Seen();
        try (SyncClient client = client(seen);
                Connection connection = database.connect()) {
            assertEquals(SyncClient.State.CONNECTED, client.state());
            connection.setAutoCommit(false);
            insert(connection, "never");
            connection.rollback();
            for (int i = 0; i < 5; i++) {
                insert(connection, "shelf " + i);
            }
            connection.commit();
            insert(connection, "shelf 5");
            connection.commit();
            await().atMost(LONG).until(() -> seen.notifications.size() >= 6);
            assertEquals(names(0, 6), seen.names());
            assertEquals(
                    1,
                    seen.notifications.stream().limit(5).map(n -> n.tx()).distinct().count(),
                    "five changes of one transaction have one tx");
            assertNotEquals(seen.notifications.get(4).tx(), seen.notifications.get(5).tx());
        }
    }

    @Test
    void kill9_amidWrites_losesRepeatsAndReordersNothing() throws Exception {
        Process first = serve();
        Seen seen = new Seen();
        try (SyncClient client = client(seen);
                Connection connection = database.connect()) {
            assertEquals(SyncClient.State.CONNECTED, client.state());
            int written = 0;
            Process running = first;
            for (int kill = 0; kill < 3; kill++) {
                int seenBefore = seen.notifications.size();
                for (int i = 0; i < 200; i++) {
                    insert(connection, "shelf " + written++);
                }
                await().atMost(LONG).until(() -> seen.notifications.size() > seenBefore);
                running.destroyForcibly();
                assertTrue(running.waitFor(30, TimeUnit.SECONDS));
                for (int i = 0; i < 200; i++) {
                    insert(connection, "shelf " + written++);
                }
                running = serve();
            }
            int all = written;
            await().atMost(LONG).until(() -> seen.notifications.size() >= all);
            insert(connection, "shelf " + all);
            await().atMost(LONG).until(() -> seen.notifications.size() > all);
            assertEquals(names(0, all + 1), seen.names());
        }
    }

    @Test
    void serve_portTaken_saysSoAndWhatToDo() throws Exception {
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            Process process = command(serveArguments()).start();
            processes.add(process);
            String said = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
            assertEquals(ExitCode.IN_USE.code(), process.exitValue(), said);
            assertTrue(said.contains(Integer.toString(taken.getLocalPort())), said);
        }
    }
}
