package org.freelims.sync.server.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Runs programs that must succeed; what they said is told if they do not. */
final class Scripts {
    private static final JsonMapper JSON = new JsonMapper();

    private Scripts() {}

    /** Runs a program in a folder. */
    static void run(Path folder, List<String> command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        process.getOutputStream().close();
        ended(process, new String(process.getInputStream().readAllBytes(), UTF_8));
    }

    /**
     * Runs a program that gives orders, {@code {"order":...,"argument":...}} a line, and waits for
     * a line of answer to each.
     */
    static void run(List<String> command, Function<JsonNode, String> obey)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var said = new StringBuilder();
        try (BufferedReader lines = process.inputReader(UTF_8);
                Writer answers = process.outputWriter(UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                said.append(line).append('\n');
                if (line.startsWith("{\"order\"")) {
                    answers.write(obey.apply(JSON.readTree(line)) + "\n");
                    answers.flush();
                }
            }
        } catch (RuntimeException | IOException e) {
            process.destroyForcibly();
            throw e;
        }
        ended(process, said.toString());
    }

    private static void ended(Process process, String said) throws InterruptedException {
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        assertEquals(0, process.waitFor(), said);
    }
}
