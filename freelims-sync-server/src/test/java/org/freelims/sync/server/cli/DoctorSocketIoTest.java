package org.freelims.sync.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.e2e.Nginx;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each mistake that people made with the original is told from the others. */
class DoctorSocketIoTest {
    @TempDir static Path dir;
    private static PostgresForTests.Database database;
    private static ServerForTests server;
    private static ServerForTests closed;

    @BeforeAll
    static void start() {
        database = PostgresForTests.freshDatabase();
        server = ServerForTests.start(database, dir.resolve("a"), "http://lab.example.org");
        closed = ServerForTests.start(PostgresForTests.freshDatabase(), dir.resolve("b"), false);
    }

    @AfterAll
    static void stop() {
        server.close();
        closed.close();
    }

    private static Run doctor(String url, String... more) {
        List<String> arguments = new ArrayList<>(List.of("doctor", "--json", "--url", url));
        arguments.addAll(List.of(more));
        return Run.of(arguments.toArray(String[]::new));
    }

    private static String found(Run run, String check) {
        for (JsonNode finding : run.objects()) {
            if (finding.path("check").asText().equals(check)) {
                return finding.path("outcome").asText()
                        + ": "
                        + finding.path("found").asText()
                        + " -> "
                        + finding.path("advice").asText();
            }
        }
        return "not looked at in " + run.out() + run.err();
    }

    private static void assertFound(Run run, String check, String outcome, String... words) {
        String found = found(run, check);
        assertTrue(found.startsWith(outcome + ":"), () -> check + " " + found + "\n" + run.out());
        for (String word : words) {
            assertTrue(found.contains(word), () -> word + " is missing in " + found);
        }
    }

    @Test
    void nothingWrong_isSaid() {
        Run run = doctor(server.url());
        assertFound(run, "polling", "ok");
        assertFound(run, "namespace", "ok");
        assertFound(run, "websocket", "ok");
    }

    @Test
    void wrongPath_isTold() {
        Run run = doctor(server.url(), "--socketio-path", "/sockets/");
        assertEquals(ExitCode.PROBLEM_FOUND.code(), run.exitCode());
        assertFound(run, "polling", "problem", "no Socket.IO at /sockets/", "/ws/socket.io/");
    }

    @Test
    void wrongNamespace_isTold() {
        Run run = doctor(server.url(), "--namespace", "/live");
        assertFound(run, "polling", "ok");
        assertFound(run, "namespace", "problem", "no namespace /live", "/ws");
    }

    @Test
    void noToken_isTold() {
        Run run = doctor(closed.url());
        assertFound(run, "namespace", "problem", "without a token", "auth");
        assertFound(run, "websocket", "ok");
    }

    @Test
    void originThatIsMissing_isTold() {
        assertFound(doctor(server.url(), "--origin", "http://lab.example.org"), "origin", "ok");
        Run run = doctor(server.url(), "--origin", "http://other.example.org");
        assertFound(run, "origin", "problem", "http://other.example.org", "--allow-origin");
    }

    @Test
    void captureThatIsMissing_andDatabaseDown_areTold() {
        String[] on = {
            "--database-url",
            database.url(),
            "--database-user",
            database.user(),
            "--database-password=" + database.password()
        };
        assertFound(doctor(server.url(), on), "capture", "ok");
        List<String> remove = new ArrayList<>(List.of("capture", "remove", "samples"));
        remove.addAll(List.of(on));
        Run removed = Run.of(remove.toArray(String[]::new));
        assertEquals(0, removed.exitCode(), removed.out() + removed.err());
        assertFound(doctor(server.url(), on), "capture", "problem", "samples", "capture install");

        Run down =
                doctor(
                        server.url(),
                        "--database-url",
                        "postgresql://127.0.0.1:1/x",
                        "--database-user",
                        "u");
        assertFound(down, "database", "problem", "does not answer");
    }

    @Tag("e2e")
    @Test
    void webSocketsBlockedByAProxy_areTold() throws IOException {
        Path folder = Files.createDirectories(dir.resolve("blocked"));
        try (Nginx nginx = Nginx.withoutWebSockets(folder, server.port())) {
            Run run = doctor("http://127.0.0.1:" + nginx.port());
            assertFound(run, "polling", "ok");
            assertFound(
                    run, "websocket", "problem", "but polling works", "proxy_set_header Upgrade");
        }
    }

    @Tag("e2e")
    @Test
    void pollingBlockedByAProxy_isTold() throws IOException {
        Path folder = Files.createDirectories(dir.resolve("unpolled"));
        try (Nginx nginx = Nginx.withoutPolling(folder, server.port())) {
            Run run = doctor("http://127.0.0.1:" + nginx.port());
            assertFound(run, "polling", "problem", "403", "proxy");
            assertFound(run, "websocket", "ok", "blocks polling only");
        }
    }
}
