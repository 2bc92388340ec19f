package org.freelims.sync.server.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.freelims.sync.server.embedded.EmbeddedPostgresException.Problem;

/** Runs a short program to its end and takes what it prints. Thread-safe. */
final class Command {
    /** What a program left behind; {@code output} is what it wrote to either stream. */
    record Result(int exitCode, String output) {
        boolean succeeded() {
            return exitCode == 0;
        }
    }

    private Command() {}

    /**
     * Runs {@code command} with no input. A program that cannot be started counts as having failed
     * with 127.
     */
    static Result run(List<String> command) {
        Process process;
        try {
            process = prepare(command).start();
        } catch (IOException e) {
            return new Result(127, String.valueOf(e.getMessage()));
        }
        try (var out = process.getInputStream()) {
            String output = new String(out.readAllBytes(), UTF_8).strip();
            return new Result(await(process), output);
        } catch (IOException e) {
            return new Result(127, String.valueOf(e.getMessage()));
        }
    }

    /** Starts {@code command} with its output going to {@code output}, which is overwritten. */
    static Process startInto(Path output, List<String> command) throws IOException {
        return prepare(command).redirectOutput(output.toFile()).start();
    }

    private static ProcessBuilder prepare(List<String> command) {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        // wherever the JVM was started, its programs hold no directory busy and need no right to
        // read it
        builder.directory(new File(System.getProperty("java.io.tmpdir", ".")));
        builder.redirectInput(ProcessBuilder.Redirect.from(nullDevice()));
        // nothing of the caller's may lead PostgreSQL to other servers, settings or libraries
        builder.environment()
                .keySet()
                .removeIf(name -> name.startsWith("PG") || name.endsWith("LD_LIBRARY_PATH"));
        builder.environment().put("LC_ALL", "C");
        return builder;
    }

    private static File nullDevice() {
        return new File(File.separatorChar == '\\' ? "NUL" : "/dev/null");
    }

    private static int await(Process process) {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw interrupted(e);
        }
    }

    static EmbeddedPostgresException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new EmbeddedPostgresException(
                Problem.FAILED, "Interrupted while waiting for PostgreSQL.", e);
    }
}
