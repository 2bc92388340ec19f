package org.freelims.sync.server.e2e;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.cli.ServerForTests;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/socketio.md shows is what runs. */
@Tag("e2e")
class SamplesTest {
    @TempDir Path dir;

    @Test
    void resumeSample_isTheOneInTheDocumentation_andHears() throws Exception {
        String sample = Files.readString(Tools.file("samples/resume.mjs"));
        String page = Files.readString(Path.of("docs", "socketio.md"));
        assertTrue(page.contains("```js\n" + sample + "```"), "the page shows another sample");

        PostgresForTests.Database database = PostgresForTests.freshDatabase();
        Path output = dir.resolve("output");
        List<String> command = new ArrayList<>(Tools.node("samples/resume.mjs"));
        try (ServerForTests server = ServerForTests.start(database, dir.resolve("server"));
                LimsWrites writes = new LimsWrites(database)) {
            command.add(server.url());
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            try {
                await().atMost(Duration.ofSeconds(30))
                        .until(
                                () -> {
                                    writes.update("inventory");
                                    return Files.readString(output).contains("update {\"id\":1000");
                                });
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
    }
}
