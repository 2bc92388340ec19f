package org.freelims.sync.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What happened in a run, told when something went wrong. Confined to the test's thread. */
final class Trace {
    /** What the checker saw that must not be. */
    static final class Violation extends AssertionError {
        private static final long serialVersionUID = 1L;

        Violation(String message) {
            super(message);
        }
    }

    private static final int SHOWN = 60;

    private final long seed;
    private final VirtualTime time;
    private final boolean telling;
    private final List<String> lines = new ArrayList<>();
    private boolean violated;
    private String violation = "";

    /**
     * @param telling whether lines are kept; a run is repeated with its seed to read them
     */
    Trace(long seed, VirtualTime time, boolean telling) {
        this.seed = seed;
        this.time = time;
        this.telling = telling;
    }

    void add(Supplier<String> line) {
        if (telling && !violated) {
            lines.add(String.format("%10.3f ms  %s", time.nanoTime() / 1e6, line.get()));
        }
    }

    void require(boolean holds, Supplier<String> otherwise) {
        if (!holds && !violated) {
            add(() -> "VIOLATION " + otherwise.get());
            violated = true;
            violation = otherwise.get();
        }
    }

    boolean isViolated() {
        return violated;
    }

    /**
     * Throws if the checker saw anything that must not be; what it saw first counts. The message
     * has the end of the story; all of it is in a file.
     */
    void rethrow() {
        if (violated) {
            throw new Violation(
                    "seed "
                            + seed
                            + ": "
                            + violation
                            + System.lineSeparator()
                            + "The whole story is in "
                            + written()
                            + "; it ends with"
                            + System.lineSeparator()
                            + String.join(
                                    System.lineSeparator(),
                                    lines.subList(
                                            Math.max(0, lines.size() - SHOWN), lines.size())));
        }
    }

    private Path written() {
        Path file = Path.of("target", "simulation-" + seed + ".txt").toAbsolutePath();
        try {
            Files.createDirectories(file.getParent());
            return Files.write(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
