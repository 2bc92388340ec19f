package org.freelims.sync.server.e2e;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The programs that these tests run; one that is missing fails the test with what to do. */
final class Tools {
    private static final Path FOLDER = Path.of("src", "test", "e2e").toAbsolutePath();
    private static final String ADVICE = " is missing. Run .ci/tools, which installs it.";

    private Tools() {}

    /** Returns a file of {@code src/test/e2e}. */
    static Path file(String name) {
        return FOLDER.resolve(name);
    }

    /** Returns the start of a command line that runs a script with Node and our npm packages. */
    static List<String> node(String script) {
        require(Files.isDirectory(file("node_modules/socket.io-client")), "socket.io-client");
        return List.of(program("node"), file(script).toString());
    }

    /** Returns a command line that runs a script with Node and the npm packages of its folder. */
    static List<String> node(Path script, String... arguments) {
        Stream<String> start = Stream.of(program("node"), script.toString());
        return Stream.concat(start, Stream.of(arguments)).toList();
    }

    /** Returns a command line that runs npm in a folder that has its packages. */
    static List<String> npm(Path folder, String... arguments) {
        require(Files.isDirectory(folder.resolve("node_modules")), folder + "/node_modules");
        return Stream.concat(Stream.of(program("npm")), Stream.of(arguments)).toList();
    }

    /** Returns the path of Chromium. */
    static String chromium() {
        return program("chromium");
    }

    /** Returns the start of a command line that runs a script with Debian's Python. */
    static List<String> python(String script) {
        require(
                Files.isDirectory(Path.of("/usr/lib/python3/dist-packages/socketio")),
                "python3-socketio");
        return List.of("/usr/bin/python3", file(script).toString());
    }

    /** Returns the path of nginx. */
    static String nginx() {
        return program("nginx");
    }

    private static String program(String name) {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin";
        for (String folder : path.split(":")) {
            Path program = Path.of(folder, name);
            if (Files.isExecutable(program)) {
                return program.toString();
            }
        }
        throw new AssertionError(name + ADVICE);
    }

    private static void require(boolean there, String what) {
        if (!there) {
            throw new AssertionError(what + ADVICE);
        }
    }
}
