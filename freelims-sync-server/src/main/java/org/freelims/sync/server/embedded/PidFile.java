package org.freelims.sync.server.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a postmaster writes about itself into {@code postmaster.pid}. Immutable.
 *
 * @param status "starting", "ready", "stopping", ...; empty while it has not said
 */
record PidFile(long pid, int port, String status) {

    /**
     * Reads the file in PostgreSQL's data directory; empty if there is none or it is being written.
     */
    static Optional<PidFile> read(Path postgres) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(file(postgres), StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        try {
            long pid = Long.parseLong(line(lines, 0));
            String port = line(lines, 3);
            return Optional.of(
                    new PidFile(pid, port.isEmpty() ? 0 : Integer.parseInt(port), line(lines, 7)));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /**
     * Whether the process of that number lives and is a PostgreSQL, as far as this user can tell.
     */
    boolean alive() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .map(PidFile::isPostgres)
                .orElse(false);
    }

    boolean ready() {
        return status.equals("ready");
    }

    boolean stopping() {
        return status.equals("stopping");
    }

    private static boolean isPostgres(ProcessHandle process) {
        return process.info()
                .command()
                .map(command -> command.toLowerCase(Locale.ROOT))
                .map(command -> command.contains("postgres"))
                .orElse(true);
    }

    /**
     * After a reboot, or in a container, the number in a file left behind may be another program's
     * by now, and PostgreSQL would refuse to start because of it. It does not mind the number of
     * the process that started pg_ctl, which is this one, and still makes sure that no backend of
     * the dead postmaster is left: so that number is put in.
     */
    static void disownIfNotPostgres(Path postgres) throws IOException {
        Optional<PidFile> file = read(postgres);
        if (file.isPresent()
                && !file.get().alive()
                && ProcessHandle.of(file.get().pid()).isPresent()) {
            var lines =
                    new ArrayList<>(
                            Files.readAllLines(file(postgres), StandardCharsets.ISO_8859_1));
            lines.set(0, Long.toString(ProcessHandle.current().pid()));
            Files.write(file(postgres), lines, StandardCharsets.ISO_8859_1);
        }
    }

    private static Path file(Path postgres) {
        return postgres.resolve("postmaster.pid");
    }

    private static String line(List<String> lines, int index) {
        return index < lines.size() ? lines.get(index).strip() : "";
    }
}
