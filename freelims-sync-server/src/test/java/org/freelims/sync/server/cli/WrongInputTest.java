package org.freelims.sync.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.freelims.sync.server.PostgresForTests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What people get wrong, and what they are told. */
final class WrongInputTest {
    @TempDir Path directory;

    private static void assertFails(Run run, ExitCode code, String... said) {
        assertEquals(code.code(), run.exitCode(), run.out() + run.err());
        for (String part : said) {
            assertTrue(run.err().contains(part), run.err());
        }
        assertFalse(run.err().contains("\tat "), "a stack trace helps nobody here: " + run.err());
    }

    private String data() {
        return directory.resolve("data").toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "serve", "monitor", "trigger", "seed", "doctor", "capture", "verify", "token",
                "user"
            })
    void help_ofEachCommand_isThere(String command) {
        Run run = Run.of(command, "--help");

        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("Usage: freelims-sync " + command), run.out());
        assertTrue(run.out().contains("Exit codes:"), run.out());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "serve",
                "monitor",
                "trigger",
                "seed",
                "doctor",
                "capture",
                "capture install",
                "verify",
                "token",
                "user",
                "user add"
            })
    void help_ofEachCommand_fitsATerminalAndSaysOptionsOfItsOwnFirst(String command) {
        Run run = Run.of((command + " --help").strip().split(" "));

        List<String> lines = run.out().lines().toList();
        assertEquals(List.of(), lines.stream().filter(line -> line.length() > 80).toList());
        if (run.out().contains("--json")) {
            String own = run.out().split("--help  ")[0];
            assertTrue(own.lines().anyMatch(line -> line.startsWith("      --")), run.out());
        }
        // each command's line in the list is a sentence, not the beginning of one
        assertEquals(
                List.of(),
                lines.stream()
                        .dropWhile(line -> !line.equals("Commands:"))
                        .takeWhile(line -> !line.isEmpty())
                        .filter(line -> line.matches("  [a-z].*(,|a|the|for|and)"))
                        .toList());
    }

    @Test
    void message_longerThanTheTerminal_breaksAtBlanks() {
        String wrapped = Output.wrap("word ".repeat(40).strip(), 22, 22);

        assertEquals(
                List.of(),
                wrapped.lines().skip(1).filter(line -> line.length() > 80).toList(),
                wrapped);
        assertTrue(wrapped.lines().skip(1).allMatch(line -> line.matches(" {22}word( word)*")));
        assertEquals("word ".repeat(40).strip(), wrapped.replaceAll("\\s+", " "));
    }

    @Test
    void commandLine_empty_showsHelpAndFails() {
        Run run = Run.of();

        assertEquals(2, run.exitCode());
        assertTrue(run.out().contains("serve --demo"), run.out());
    }

    @Test
    void flag_misspelt_suggestsTheRightOne() {
        assertFails(Run.of("serve", "--prot", "1"), ExitCode.USAGE, "--prot", "--help");
    }

    @Test
    void error_inJsonMode_isAnObject() {
        Run run = Run.of("trigger", "--json", "--url", "ftp://x");

        assertEquals(2, run.exitCode());
        assertEquals("USAGE", run.objects().get(0).path("error").path("code").asText());
    }

    @Test
    void serve_onAUsedPort_saysSoBeforeItStartsAnything() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Run run = Run.of("serve", "--data-dir", data(), "--port", "" + taken.getLocalPort());

            assertFails(run, ExitCode.IN_USE, ":" + taken.getLocalPort(), "--port");
            assertFalse(Files.exists(Path.of(data())));
        }
    }

    @Test
    void serve_demoForOtherMachines_isRefused() {
        assertFails(
                Run.of("serve", "--demo", "--host", "0.0.0.0"),
                ExitCode.USAGE,
                "stays on this machine");
    }

    @Test
    void serve_demoOnAnotherDatabase_isRefused() {
        assertFails(
                Run.of("serve", "--demo", "--database-url", "postgresql://127.0.0.1/x"),
                ExitCode.USAGE,
                "--database-url");
    }

    @Test
    void serve_lingerLongerThanASecond_isRefused() {
        assertFails(
                Run.of("serve", "--data-dir", data(), "--port", "0", "--linger", "1001ms"),
                ExitCode.USAGE,
                "--linger must be from 0ms to 1s");
    }

    @Test
    void serve_onADatabaseThatDoesNotAnswer_saysWhere() throws IOException {
        int free;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        assertFails(
                serveOn("postgresql://127.0.0.1:" + free + "/lims", "u", "p"),
                ExitCode.UNREACHABLE,
                "127.0.0.1:" + free + "/lims",
                "Check that it runs");
    }

    private Run serveOn(String url, String user, String password) {
        return Run.with(
                Map.of("FREELIMS_SYNC_DATABASE_PASSWORD", password),
                "serve",
                "--port",
                "0",
                "--data-dir",
                data(),
                "--database-url",
                url,
                "--database-user",
                user);
    }

    @Test
    void serve_withAWrongPassword_saysSoAndDoesNotShowIt() {
        var database = PostgresForTests.freshDatabase();

        Run run = serveOn(database.url(), database.user(), "wr0ng");

        assertFails(
                run, ExitCode.REFUSED, "does not let the user", "FREELIMS_SYNC_DATABASE_PASSWORD");
        assertFalse(run.err().contains("wr0ng"), run.err());
    }

    @Test
    void serve_onADatabaseThatIsNotThere_saysSo() {
        var database = PostgresForTests.freshDatabase();

        Run run =
                serveOn(
                        database.url().replace("/" + database.name(), "/nowhere"),
                        database.user(),
                        database.password());

        assertFails(run, ExitCode.FAILED, "There is no such database", "nowhere");
    }

    @Test
    void serve_withoutTheRightToCreateItsSchema_saysWhichRight() {
        var database = PostgresForTests.freshDatabase();
        String role = "poor_" + database.name();
        database.execute("CREATE ROLE " + role + " LOGIN PASSWORD 'p'");

        Run run = serveOn(database.url(), role, "p");

        assertFails(run, ExitCode.FAILED, "CREATE SCHEMA");
    }

    @ParameterizedTest
    @ValueSource(strings = {"serve", "seed", "verify", "user list", "capture list"})
    void command_onAPostgresThatIsTooOld_saysWhichIsNeeded(String command) throws IOException {
        try (var old = OldPostgres.start("12.22")) {
            var arguments = new ArrayList<>(List.of(command.split(" ")));
            arguments.addAll(List.of("--database-url", old.url(), "--database-user", "u"));

            Run run = Run.of(arguments.toArray(String[]::new));

            assertFails(
                    run,
                    ExitCode.FAILED,
                    "PostgreSQL 12.22",
                    "13 or later is needed",
                    "Upgrade it",
                    old.url());
        }
    }

    @Test
    void command_onADirectoryWithoutAServer_saysSoAndMakesNone() {
        Run run = Run.of("user", "list", "--data-dir", data());

        assertFails(run, ExitCode.FAILED, data(), "serve", "--data-dir");
        assertFalse(Files.exists(Path.of(data())));
    }

    @Test
    void serve_onSomethingElseThanPostgres_isRefused() {
        assertFails(
                Run.of("serve", "--database-url", "jdbc:mysql://u:secret@h/d"),
                ExitCode.USAGE,
                "Only PostgreSQL");
    }

    @Test
    void verify_onADatabaseThatWasNeverSetUp_saysSo() {
        var database = PostgresForTests.freshDatabase();

        Run run =
                Run.of(
                        "verify",
                        "--database-url",
                        database.url(),
                        "--database-user",
                        database.user(),
                        "--database-password=" + database.password());

        assertFails(run, ExitCode.FAILED, "never set up");
    }

    @Test
    void trigger_withoutAServer_saysHowToStartOne() throws IOException {
        int free;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        assertFails(
                Run.of("trigger", "--demo", "--url", "http://127.0.0.1:" + free),
                ExitCode.UNREACHABLE,
                "No server answers",
                "serve");
    }
}
