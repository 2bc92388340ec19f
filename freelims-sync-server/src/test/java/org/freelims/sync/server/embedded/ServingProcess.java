package org.freelims.sync.server.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Another JVM that serves one embedded PostgreSQL until it is told to stop or is killed. */
final class ServingProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private ServingProcess(Process process) {
        this.process = process;
        this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    }

    /** {@code before} comes before "java" on the command line. */
    static ServingProcess start(List<String> before, Path dataDir) throws IOException {
        var command = new ArrayList<>(before);
        command.addAll(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-XX:TieredStopAtLevel=1",
                        Main.class.getName(),
                        dataDir.toString()));
        return new ServingProcess(new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** The next line it prints that starts with "serving" or "failed". */
    String word() throws IOException {
        var all = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith("serving") || line.startsWith("failed")) {
                return line;
            }
            all.append(line).append('\n');
        }
        throw new IOException("it ended without a word:\n" + all);
    }

    /** Kills it as {@code kill -9} does. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        process.onExit().join();
    }

    static final class Main {
        public static void main(String[] args) throws IOException {
            try (var postgres = EmbeddedPostgres.builder().dataDir(Path.of(args[0])).start()) {
                System.out.println("serving " + postgres.port());
                System.in.readAllBytes();
            } catch (EmbeddedPostgresException e) {
                System.out.println(
                        "failed " + e.problem() + " " + e.getMessage().replace('\n', ' '));
            }
        }
    }
}
