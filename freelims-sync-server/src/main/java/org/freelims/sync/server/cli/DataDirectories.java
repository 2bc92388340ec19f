package org.freelims.sync.server.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** Where a server's data lies unless it is told otherwise. */
final class DataDirectories {
    private DataDirectories() {}

    /**
     * A demonstration has a place of its own: its accounts and data never become a laboratory's.
     */
    static Path standard(boolean demo, Map<String, String> environment) {
        return base(
                        System.getProperty("os.name", "").toLowerCase(Locale.ROOT),
                        System.getProperty("user.name", ""),
                        Path.of(System.getProperty("user.home", ".")),
                        environment)
                .resolve(demo ? "demo" : "data");
    }

    static Path base(String os, String user, Path home, Map<String, String> environment) {
        if (os.startsWith("windows")) {
            String local = environment.get("LOCALAPPDATA");
            return (local == null ? home.resolve("AppData/Local") : Path.of(local))
                    .resolve("freelims-sync");
        }
        if (os.startsWith("mac")) {
            return home.resolve("Library/Application Support/freelims-sync");
        }
        if (user.equals("root")) {
            // PostgreSQL may have to run as another user, who cannot enter root's home
            return Path.of("/var/lib/freelims-sync");
        }
        String data = environment.get("XDG_DATA_HOME");
        return (data == null || data.isBlank() ? home.resolve(".local/share") : Path.of(data))
                .resolve("freelims-sync");
    }
}
