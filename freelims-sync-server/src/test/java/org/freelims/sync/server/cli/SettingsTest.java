package org.freelims.sync.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SettingsTest {
    @TempDir Path directory;

    private static String setting(Run run, String name, String field) {
        assertEquals(0, run.exitCode(), run.err());
        return run.objects().get(0).path(name).path(field).asText();
    }

    private Path file(String content) throws IOException {
        return Files.writeString(directory.resolve("settings"), content);
    }

    @Test
    void value_fromFlagEnvironmentAndFile_isTheFirstOfThem() throws IOException {
        String file = file("port = 3\nhost = filehost\n").toString();
        var environment = Map.of("FREELIMS_SYNC_PORT", "2", "FREELIMS_SYNC_TOKEN_LIFETIME", "30m");

        Run flag =
                Run.with(
                        environment,
                        "serve",
                        "--print-config",
                        "--json",
                        "--config",
                        file,
                        "--port",
                        "1");
        Run without =
                Run.with(environment, "serve", "--print-config", "--json", "--config=" + file);

        assertEquals("1", setting(flag, "port", "value"));
        assertEquals("flag", setting(flag, "port", "from"));
        assertEquals("2", setting(without, "port", "value"));
        assertEquals("environment", setting(without, "port", "from"));
        assertEquals("filehost", setting(without, "host", "value"));
        assertEquals("file", setting(without, "host", "from"));
        assertEquals(
                "30 min", setting(without, "token-lifetime", "value").replace("1800 s", "30 min"));
        assertEquals("default", setting(without, "retention", "from"));
    }

    @Test
    void variable_thatIsEmpty_isAsIfNotSet() {
        Run run = Run.with(Map.of("FREELIMS_SYNC_PORT", ""), "serve", "--print-config", "--json");

        assertEquals("8001", setting(run, "port", "value"));
        assertEquals("default", setting(run, "port", "from"));
    }

    @Test
    void configFile_namedInTheEnvironment_isRead() throws IOException {
        Run run =
                Run.with(
                        Map.of("FREELIMS_SYNC_CONFIG", file("port = 4\n").toString()),
                        "serve",
                        "--print-config",
                        "--json");

        assertEquals("4", setting(run, "port", "value"));
    }

    @Test
    void printConfig_withSecrets_showsNone() {
        Run run =
                Run.with(
                        Map.of(
                                "FREELIMS_SYNC_TOKEN_SECRET", "0123456789abcdef0123456789abcdef",
                                "FREELIMS_SYNC_DATABASE_PASSWORD", "hunter2",
                                "FREELIMS_SYNC_DATABASE_URL", "postgresql://u:hunter3@h/d"),
                        "serve",
                        "--print-config");

        assertEquals(0, run.exitCode());
        assertFalse(run.out().contains("0123456789abcdef"), run.out());
        assertFalse(run.out().contains("hunter"), run.out());
        assertTrue(run.out().contains("(set)"), run.out());
    }

    @Test
    void setting_thatNoCommandHas_isRefusedByName() throws IOException {
        Run inFile = Run.of("serve", "--print-config", "--config", file("prot = 1\n").toString());
        Run inEnvironment = Run.with(Map.of("FREELIMS_SYNC_PROT", "1"), "serve", "--print-config");

        assertEquals(2, inFile.exitCode());
        assertTrue(inFile.err().contains("'prot'"), inFile.err());
        assertEquals(2, inEnvironment.exitCode());
        assertTrue(inEnvironment.err().contains("FREELIMS_SYNC_PROT"), inEnvironment.err());
    }

    @Test
    void configFile_thatIsNotThere_isRefused() {
        Run run =
                Run.of("serve", "--print-config", "--config", directory.resolve("none").toString());

        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("There is no settings file"), run.err());
    }
}
