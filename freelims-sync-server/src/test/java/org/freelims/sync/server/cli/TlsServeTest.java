package org.freelims.sync.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.freelims.sync.server.CertificateForTests;
import org.freelims.sync.server.PostgresForTests;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stand-alone server over TLS, and the commands against it. */
class TlsServeTest {
    @TempDir static Path directory;
    private static CertificateForTests other;
    private static StandaloneServer server;

    @BeforeAll
    static void start() {
        CertificateForTests.make(directory, "RSA", "lims")
                .write(file("lims.crt"), file("lims.key"));
        other = CertificateForTests.make(directory, "EC", "other");
        other.write(file("other.crt"), file("other.key"));
        PostgresForTests.Database database = PostgresForTests.freshDatabase();
        server =
                StandaloneServer.start(
                        ServerSettings.builder(directory.resolve("data"))
                                .port(0)
                                .database(
                                        Optional.of(
                                                new Databases.Address(
                                                        database.url(),
                                                        database.user(),
                                                        database.password(),
                                                        database.name())))
                                .anonymous(true)
                                .openRegistration(true)
                                .tls(
                                        Optional.of(
                                                new ServerSettings.TlsFiles(
                                                        file("lims.crt"), file("lims.key"))))
                                .build());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Path file(String name) {
        return directory.resolve(name);
    }

    private static Run run(String ca, String url, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--json", "--url", url));
        if (!ca.isEmpty()) {
            all.addAll(List.of("--ca", file(ca).toString()));
        }
        return Run.of(all.toArray(String[]::new));
    }

    @Test
    void url_saysHttps() {
        assertTrue(server.url().startsWith("https://127.0.0.1:"), server.url());
        assertTrue(server.syncUrl().startsWith("wss://127.0.0.1:"), server.syncUrl());
    }

    @Test
    void doctor_withTheAuthority_findsEverythingInOrder() {
        Run run = run("lims.crt", server.url(), "doctor");
        List<String> checks = new ArrayList<>();
        for (JsonNode finding : run.objects()) {
            assertFalse(finding.path("outcome").asText().equals("problem"), run.out());
            checks.add(finding.path("check").asText());
        }
        assertTrue(
                checks.containsAll(
                        List.of("server", "polling", "namespace", "websocket", "subscription")),
                run.out());
    }

    @Test
    void doctor_withoutTheAuthority_saysWhatToDo() {
        for (String ca : List.of("", "other.crt")) {
            Run run = run(ca, server.url(), "doctor");
            assertTrue(run.out().contains("is not trusted"), run.out());
            assertTrue(run.out().contains("--ca"), run.out());
        }
        Run plain = run("", server.url().replace("https", "http"), "doctor");
        assertTrue(plain.out().contains("use https://"), plain.out());
    }

    @Test
    void monitor_withoutTheAuthority_saysWhatToDo() {
        Run run = run("other.crt", server.url(), "monitor", "--username", "a", "--password", "b");
        assertEquals(ExitCode.UNREACHABLE.code(), run.exitCode(), run.err());
        assertTrue(run.out().contains("is not trusted"), run.out() + run.err());
    }

    @Test
    void monitor_withTheAuthority_subscribes() {
        Run run = run("lims.crt", server.url(), "monitor", "inventory", "--timeout", "1s");
        assertTrue(run.out().contains("\"connected\""), run.out() + run.err());
    }

    @Test
    void serve_withFilesThatDoNotFit_saysSoBeforeItStartsAnything() {
        assertServeFails("go together", "--tls-cert", file("lims.crt").toString());
        assertServeFails("go together", "--tls-key", file("lims.key").toString());
        assertServeFails("There is no file", files("none.crt", "lims.key"));
        assertServeFails("is not that of", files("lims.crt", "other.key"));
    }

    private static String[] files(String certificate, String key) {
        return new String[] {
            "--tls-cert", file(certificate).toString(), "--tls-key", file(key).toString()
        };
    }

    private static void assertServeFails(String says, String... flags) {
        List<String> all = new ArrayList<>(List.of("serve", "--port", "0"));
        all.addAll(List.of("--data-dir", file("unused").toString()));
        all.addAll(List.of(flags));
        Run run = Run.of(all.toArray(String[]::new));
        assertEquals(ExitCode.USAGE.code(), run.exitCode(), run.err());
        assertTrue(run.err().contains(says), run.err());
        assertFalse(java.nio.file.Files.exists(file("unused")), "nothing was started");
    }
}
