package org.freelims.sync.server.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What the faults did, kept in {@code target/fault-table.md} from one run to the next, the newest
 * row of each fault. Thread-safe.
 */
final class FaultTable {
    private static final Path FILE = Path.of("target", "fault-table.md");
    private static final int HEADER_LINES = 2;

    /**
     * One fault.
     *
     * @param deliveries changes told, over all clients
     * @param resyncs clients that were told to start over
     * @param longestGapMs the longest time in which a client heard nothing while there was writing
     */
    record Row(
            String fault,
            int times,
            int clients,
            long written,
            long deliveries,
            long lost,
            long repeated,
            long reordered,
            long resyncs,
            long longestGapMs) {
        private String line() {
            return String.format(
                    "| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d ms |",
                    fault,
                    times,
                    clients,
                    written,
                    deliveries,
                    lost,
                    repeated,
                    reordered,
                    resyncs,
                    longestGapMs);
        }
    }

    private FaultTable() {}

    static synchronized void add(Row row) {
        try {
            Files.createDirectories(FILE.getParent());
            Files.write(FILE, with(row));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        System.getLogger(FaultTable.class.getName())
                .log(System.Logger.Level.INFO, "{0}", row.line());
    }

    private static List<String> with(Row row) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add(
                "| Fault | times | clients | changes written | deliveries | lost | repeated |"
                        + " reordered | resyncs | longest gap |");
        lines.add("|---|---|---|---|---|---|---|---|---|---|");
        if (Files.exists(FILE)) {
            Files.readAllLines(FILE).stream()
                    .skip(HEADER_LINES)
                    .filter(line -> !line.startsWith("| " + row.fault() + " |"))
                    .forEach(lines::add);
        }
        lines.add(row.line());
        return lines;
    }
}
