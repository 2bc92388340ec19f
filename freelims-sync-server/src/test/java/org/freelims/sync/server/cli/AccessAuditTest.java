package org.freelims.sync.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.security.AccessAudit;
import org.freelims.sync.server.security.Accounts;
import org.freelims.sync.server.security.Attribution;
import org.freelims.sync.server.security.NewAccount;
import org.freelims.sync.server.security.Passwords;
import org.freelims.sync.server.security.TokenSecret;
import org.freelims.sync.server.security.TokenService;
import org.freelims.sync.session.HubListener;
import org.freelims.sync.subscription.Expression;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who did what is in the table, and nothing of what they were shown or signed in with. */
final class AccessAuditTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir private static Path dir;

    private static String rows(Jdbi jdbi) {
        List<String> rows =
                jdbi.withHandle(
                        handle ->
                                handle.createQuery(
                                                "SELECT concat_ws('|', event, remote_address, CASE"
                                                    + " WHEN session = '' THEN '' ELSE 'session'"
                                                    + " END, principal, subject, outcome) FROM"
                                                    + " freelims_sync.access_audit ORDER BY id")
                                        .mapTo(String.class)
                                        .list());
        return String.join("\n", rows);
    }

    private static void await(Jdbi jdbi, String row) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!rows(jdbi).contains(row)) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError(row + " is not in\n" + rows(jdbi));
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static int signIn(ServerForTests server, String name, String password)
            throws IOException, InterruptedException {
        return HTTP.send(
                        HttpRequest.newBuilder(URI.create(server.url() + "/api/token"))
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                "username=" + name + "&password=" + password))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    private static WebSocket open(ServerForTests server, String token) {
        return HTTP.newWebSocketBuilder()
                .header("Authorization", "Bearer " + token)
                .buildAsync(
                        URI.create("ws://127.0.0.1:" + server.port() + "/sync"),
                        new WebSocket.Listener() {})
                .join();
    }

    @Test
    void access_ofEveryKind_isInTheTable() throws Exception {
        PostgresForTests.Database database = PostgresForTests.freshDatabase();
        try (ServerForTests server = ServerForTests.startWithAuditTable(database, dir)) {
            Jdbi jdbi = Jdbi.create(database.dataSource());
            Accounts accounts = new Accounts(jdbi, Passwords.withDefaultCost());
            var ada =
                    accounts.create(
                            new NewAccount("a@example.org", "ada", "Ada", "correct-horse", false),
                            new Attribution("test", ""));
            String principal = ada.principalName();
            String token =
                    new TokenService(
                                    TokenSecret.of(ServerForTests.SECRET),
                                    Duration.ofHours(1),
                                    Clock.systemUTC())
                            .issue(ada);

            assertEquals(200, signIn(server, "ada", "correct-horse"));
            assertEquals(401, signIn(server, "ada", "wrong-horse"));
            assertEquals(401, signIn(server, "correct-horse", "ada"));
            boolean opened = true;
            try {
                open(server, "forged-token").abort();
            } catch (CompletionException e) {
                opened = false;
            }
            assertFalse(opened);
            WebSocket socket = open(server, token);
            for (String to :
                    List.of("inventory?unit=CONFIDENTIAL", "samples/7", "users", "nowhere")) {
                socket.sendText("{\"type\":\"subscribe\",\"to\":\"" + to + "\"}", true).join();
            }
            socket.sendText("{\"type\":\"authenticate\",\"token\":\"forged-token\"}", true).join();

            await(jdbi, "denied|127.0.0.1|session|" + principal + "||BAD_TOKEN");
            accounts.setActive(ada.id(), false, new Attribution("test", ""));
            await(jdbi, "closed|127.0.0.1|session|" + principal + "||REVOKED");

            String all = rows(jdbi);
            for (String row :
                    List.of(
                            "sign-in|127.0.0.1||" + principal + "||",
                            "sign-in-failed|127.0.0.1||" + principal + "||password",
                            "sign-in-failed|127.0.0.1||||no such account",
                            "handshake-refused|127.0.0.1||||401",
                            "connected|127.0.0.1|session|" + principal,
                            "subscribed|127.0.0.1|session|" + principal + "|inventory?unit|",
                            "subscribed|127.0.0.1|session|" + principal + "|samples/7|",
                            "denied|127.0.0.1|session|" + principal + "|users|FORBIDDEN",
                            "denied|127.0.0.1|session|" + principal + "|nowhere|FORBIDDEN")) {
                assertTrue(all.contains(row), row + " is not in\n" + all);
            }
            for (String secret :
                    List.of(
                            "CONFIDENTIAL",
                            token,
                            "forged-token",
                            "correct-horse",
                            "wrong-horse")) {
                assertFalse(all.contains(secret), all);
            }
        }
    }

    @Test
    void entry_ofAnything_isOneLine() throws Exception {
        List<AccessAudit.Entry> written = new CopyOnWriteArrayList<>();
        try (AccessAudit audit =
                AccessAudit.start(Clock.systemUTC(), Optional.of(written::addAll))) {
            audit.signedIn(
                    new HubListener.Client(
                            "s-1",
                            "192.0.2.1",
                            Optional.of("user:1\r\nsign-in principal=\"user:2\"\u2028\u0007")));
            audit.subscribed(
                    new HubListener.Client("s-1", "192.0.2.1", Optional.empty()),
                    Expression.parse("inventory/" + "%0D%0Ax".repeat(200)));
        }

        assertEquals(2, written.size());
        for (AccessAudit.Entry entry : written) {
            String line = entry.toString();
            assertFalse(line.matches("(?s).*[\\p{Cntrl}\u2028].*"), line);
            assertTrue(line.length() < 500, line);
        }
        assertEquals(
                "connected address=\"192.0.2.1\" session=\"s-1\""
                        + " principal=\"user:1__sign-in principal=_user:2___\"",
                written.get(0).toString());
    }

    @Test
    void place_thatFailsOrHangs_keepsNobodyWaiting() throws Exception {
        CountDownLatch hanging = new CountDownLatch(1);
        AtomicInteger kept = new AtomicInteger();
        try (AccessAudit audit =
                AccessAudit.start(
                        Clock.systemUTC(),
                        Optional.of(
                                entries -> {
                                    try {
                                        hanging.await();
                                    } catch (InterruptedException e) {
                                        Thread.currentThread().interrupt();
                                    }
                                    kept.addAndGet(entries.size());
                                    throw new IllegalStateException("the table is gone");
                                }))) {
            for (int i = 0; i < 100_000; i++) {
                audit.handshakeRefused("192.0.2.1", 401);
            }
            hanging.countDown();
        }
        assertTrue(kept.get() >= 20_000 && kept.get() < 100_000, "kept: " + kept);
    }
}
