package org.freelims.sync.server.security;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.cli.ServerForTests;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole reference server, sent malformed messages of every kind by several clients at once
 * while others go on as usual. {@code -Dfuzz.minutes=10} goes on for so long instead of 10,000
 * messages, {@code -Dfuzz.seed=N} repeats what one run did, each connection for itself.
 */
class FuzzTest {
    private static final int MINUTES = Integer.getInteger("fuzz.minutes", 0);
    private static final long SEED = Long.getLong("fuzz.seed", 7);
    private static final int MESSAGES = 10_000;
    private static final int WARM_UP = 1_000;
    private static final int ATTACKERS = 8;
    private static final int MOST_FAILURES = 20;
    private static final int ITEM = 987_654_321;
    private static final int ADMIN = 900_000_001;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** The recent changes in memory may grow up to their bound meanwhile. */
    private static final long SPARE_BYTES = 96 << 20;

    @TempDir Path directory;
    private final PostgresForTests.Database database = PostgresForTests.freshDatabase();
    private final ExecutorService threads = Executors.newFixedThreadPool(ATTACKERS + 1);
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong connections = new AtomicLong();
    private final AtomicLong messages = new AtomicLong();
    private final FuzzAnswers answers = new FuzzAnswers();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private ServerForTests server;
    private HttpClient http;
    private FuzzAttack attack;

    @BeforeEach
    void start() {
        server = ServerForTests.start(database, directory);
        attack = new FuzzAttack(server.port(), token(), answers, messages);
        database.execute(
                """
                INSERT INTO chemicals (id, name) VALUES (%1$d, 'Untouched');
                INSERT INTO locations (id, name) VALUES (%1$d, 'Untouched');
                INSERT INTO inventory_items (id, chemical_id, location_id, quantity, unit)
                    VALUES (%1$d, %1$d, %1$d, 1, 'g')\
                """
                        .formatted(ITEM));
        http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterEach
    void close() {
        over.set(true);
        threads.shutdownNow();
        server.close();
    }

    /** A token of an administrator whom a mutated request does not happen to delete. */
    private String token() {
        Accounts accounts =
                new Accounts(
                        Jdbi.create(database.dataSource()), new Passwords(4, new SecureRandom()));
        accounts.create(
                new NewAccount("root@example.org", "root", "Root", "correct horse", true),
                new Attribution("test", ""));
        database.execute("UPDATE users SET id = " + ADMIN + " WHERE username = 'root'");
        return new TokenService(
                        TokenSecret.of(ServerForTests.SECRET),
                        Duration.ofDays(1),
                        Clock.systemUTC())
                .issue(accounts.find("root").orElseThrow());
    }

    @Test
    void port_sentAnythingWhatever_answersCloses_andServesTheOthers() throws Exception {
        try (CapturedLog log = CapturedLog.open();
                Bystander sync = Bystander.sync(http, server.port(), ITEM);
                Bystander socketIo = Bystander.socketIo(http, server.port(), ITEM)) {
            List<Bystander> bystanders = List.of(sync, socketIo);
            await().atMost(PATIENCE)
                    .until(() -> bystanders.stream().allMatch(Bystander::isSubscribed));
            Future<Long> writer = threads.submit(this::write);
            run(() -> messages.get() < WARM_UP);
            Footprint before = Footprint.now();
            long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
            run(
                    () ->
                            MINUTES > 0
                                    ? System.nanoTime() - until < 0
                                    : messages.get() < WARM_UP + MESSAGES);
            over.set(true);
            long written = writer.get();
            assertEquals("", String.join("\n\n", failures) + String.join("\n\n", log.bad()));
            await().atMost(PATIENCE)
                    .until(() -> bystanders.stream().allMatch(b -> b.heard() == written));
            for (Bystander bystander : bystanders) {
                assertEquals("", bystander.fault());
            }
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(500))
                    .untilAsserted(() -> assertBackAt(before));
            System.out.println(
                    "seed "
                            + SEED
                            + ", "
                            + messages
                            + " messages, "
                            + connections
                            + " connections: "
                            + answers
                            + "\n"
                            + sync
                            + "\n"
                            + socketIo
                            + "\nbefore "
                            + before
                            + ", after "
                            + Footprint.now());
        }
    }

    private static void assertBackAt(Footprint before) {
        Footprint now = Footprint.now();
        assertTrue(now.isBackAt(before, SPARE_BYTES), () -> now + " after " + before);
    }

    /** Updates the item until it is over, and returns how often. */
    private long write() throws SQLException, InterruptedException {
        long number = 0;
        try (var connection = database.connect();
                var update =
                        connection.prepareStatement(
                                "UPDATE inventory_items SET batch_number = ? WHERE id = " + ITEM)) {
            while (!over.get()) {
                update.setString(1, "write " + (number + 1) + " at " + System.nanoTime());
                update.executeUpdate();
                number++;
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
        return number;
    }

    /** Has all attackers go on as long as the condition holds. */
    private void run(BooleanSupplier goOn) throws Exception {
        List<Future<?>> attackers = new ArrayList<>();
        for (int i = 0; i < ATTACKERS; i++) {
            attackers.add(
                    threads.submit(
                            () -> {
                                while (goOn.getAsBoolean() && failures.size() < MOST_FAILURES) {
                                    attack(connections.getAndIncrement());
                                }
                            }));
        }
        for (Future<?> attacker : attackers) {
            attacker.get();
        }
    }

    private void attack(long connection) {
        try {
            attack.run(SEED, connection);
        } catch (IOException | RuntimeException | AssertionError e) {
            failures.add("seed " + SEED + ", connection " + connection + ": " + e);
        }
    }
}
