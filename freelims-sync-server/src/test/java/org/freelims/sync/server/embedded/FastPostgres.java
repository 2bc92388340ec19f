package org.freelims.sync.server.embedded;

import java.nio.file.Path;

/**
 * Opens to other packages' tests what only tests may do: PostgreSQL without durability, thrown away
 * at the end.
 */
public final class FastPostgres {
    private FastPostgres() {}

    /**
     * Starts a PostgreSQL with real settings but for fsync, synchronous_commit and
     * full_page_writes.
     */
    public static EmbeddedPostgres start(Path dataDir) {
        return EmbeddedPostgres.builder().dataDir(dataDir).durable(false).start();
    }

    /** Stops it as a power cut would, which takes no time. */
    public static void abandon(EmbeddedPostgres postgres) {
        postgres.abandon();
    }

    /** Deletes a directory with all that is in it. */
    public static void delete(Path directory) throws java.io.IOException {
        Binaries.deleteTree(directory);
    }
}
