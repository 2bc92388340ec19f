package org.freelims.sync.server.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.freelims.sync.client.CursorStore;
import org.freelims.sync.client.JdbcCursorStore;
import org.freelims.sync.client.SyncClient;
import org.freelims.sync.client.SyncHandler;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A program that handles changes and dies, as by kill -9, at the worst moment of its choice: after
 * so many changes, between what it did and what it remembers of it.
 */
final class HandlingClient {
    /** How it remembers, and so when it dies. */
    enum Mode {
        /** A line in a journal, then the position in a file: dies between. */
        FILE,
        /** A line in a journal, then the position in a table: dies between. */
        JDBC,
        /** Row and position in one transaction: dies just before the commit. */
        BEFORE_COMMIT,
        /** Row and position in one transaction: dies just after the commit. */
        AFTER_COMMIT
    }

    private static final int KILLED = 137;

    private final Mode mode;
    private final PGSimpleDataSource database;
    private final Path journal;
    private final JdbcCursorStore table;
    private long left;
    private @Nullable Connection kept;

    private HandlingClient(Mode mode, PGSimpleDataSource database, Path journal, long left) {
        this.mode = mode;
        this.database = database;
        this.journal = journal;
        this.left = left;
        this.table = CursorStore.jdbc(database);
    }

    /**
     * Returns the command.
     *
     * @param changes after how many it dies
     */
    static ProcessBuilder process(
            Mode mode,
            int port,
            String from,
            PGSimpleDataSource database,
            Path directory,
            long changes) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx100m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                HandlingClient.class.getName()));
        command.addAll(
                List.of(
                        mode.name(),
                        Integer.toString(port),
                        from,
                        database.getURL(),
                        database.getUser(),
                        directory.toString(),
                        Long.toString(changes)));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PGPASSWORD", database.getPassword());
        return builder.redirectOutput(
                ProcessBuilder.Redirect.appendTo(directory.resolve("client.log").toFile()));
    }

    public static void main(String[] args) throws Exception {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setURL(args[3]);
        database.setUser(args[4]);
        database.setPassword(System.getenv("PGPASSWORD"));
        Path directory = Path.of(args[5]);
        HandlingClient client =
                new HandlingClient(
                        Mode.valueOf(args[0]),
                        database,
                        directory.resolve("journal"),
                        Long.parseLong(args[6]));
        client.run(args[1], Position.parse(args[2]), directory.resolve("position"));
    }

    private void run(String port, Position from, Path file) throws InterruptedException {
        CursorStore store =
                switch (mode) {
                    case FILE -> dying(CursorStore.file(file));
                    case JDBC -> dying(table);
                    case BEFORE_COMMIT, AFTER_COMMIT -> table.savedByHandler();
                };
        SyncHandler handler =
                mode == Mode.FILE || mode == Mode.JDBC ? this::writeDown : this::together;
        try (SyncClient client =
                SyncClient.builder()
                        .uri("ws://127.0.0.1:" + port + "/sync")
                        .cursorStore(store)
                        .build()) {
            client.subscribe("stock", StartFrom.after(from), handler);
            client.connect().join();
            new CountDownLatch(1).await();
        }
    }

    /** Dies instead of saving once its time has come. */
    private CursorStore dying(CursorStore of) {
        return new CursorStore() {
            @Override
            public Optional<Position> load(String name) {
                return of.load(name);
            }

            @Override
            public void save(String name, Position position) {
                if (left <= 0) {
                    Runtime.getRuntime().halt(KILLED);
                }
                of.save(name, position);
            }
        };
    }

    private void writeDown(ServerMessage.Notification notification) {
        try {
            Files.writeString(
                    journal,
                    notification.position() + " " + notification.data() + "\n",
                    UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        left--;
    }

    private Connection connection() throws SQLException {
        Connection open = kept;
        if (open == null) {
            open = database.getConnection();
            open.setAutoCommit(false);
            kept = open;
        }
        return open;
    }

    private void together(ServerMessage.Notification notification) {
        try {
            Connection connection = connection();
            if (!table.save(connection, "stock", notification.position())) {
                connection.rollback();
                return;
            }
            try (PreparedStatement insert =
                    connection.prepareStatement(
                            "INSERT INTO handled (position, data) VALUES (?, ?)")) {
                insert.setString(1, notification.position().toString());
                insert.setString(2, notification.data());
                insert.executeUpdate();
            }
            left--;
            if (left <= 0 && mode == Mode.BEFORE_COMMIT) {
                Runtime.getRuntime().halt(KILLED);
            }
            connection.commit();
            if (left <= 0) {
                Runtime.getRuntime().halt(KILLED);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
