package org.freelims.sync.examples.tomcat;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.freelims.sync.client.ClientEvent;
import org.freelims.sync.client.LiveView;
import org.freelims.sync.client.Subscription;
import org.freelims.sync.client.SyncClient;
import org.freelims.sync.client.transport.ConnectFailedException;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.protocol.SyncException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApplicationTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir static Path directory;
    private static Database database;
    private static Application application;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<ClientEvent> events = new CopyOnWriteArrayList<>();

    /** What rows are read as. */
    record Reagent(int id, String name, BigDecimal quantity) {}

    @BeforeAll
    static void start() throws Exception {
        database = Database.start(directory);
        application = new Application(database.source(), 0, directory);
    }

    @AfterAll
    static void stop() throws Exception {
        application.close();
        database.close();
    }

    private String send(String method, String path, String token) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://localhost:" + application.port() + path))
                        .header("Authorization", "Bearer " + token)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build();
        var response = http.send(request, BodyHandlers.ofString());
        return response.statusCode() + " " + response.body();
    }

    private String signIn(String user, String password) throws Exception {
        String path = "/session?user=" + user + "&password=" + password;
        return send("POST", path, "").substring("200 ".length());
    }

    private SyncClient client(String token) {
        return SyncClient.builder()
                .uri("ws://localhost:" + application.port())
                .token(token)
                .listener(events::add)
                .build();
    }

    @Test
    void change_throughTheServlet_arrivesWithItsActor() throws Exception {
        String token = signIn("ada", "lovelace");
        try (SyncClient client = client(token)) {
            LiveView<Integer, Reagent> shelf =
                    LiveView.open(client, "reagents", Reagent.class, Integer::valueOf);
            List<String> scarce = new CopyOnWriteArrayList<>();
            Subscription alarm =
                    client.subscribe(
                            "reagents?quantity<10",
                            Reagent.class,
                            StartFrom.now(),
                            change ->
                                    scarce.add(
                                            change.row().name()
                                                    + " by "
                                                    + change.notification().actor().orElse("?")));
            client.connect().join();
            alarm.ready().get(30, TimeUnit.SECONDS);
            assertEquals(2, shelf.ready().get(30, TimeUnit.SECONDS).size());

            assertEquals("204 ", send("PUT", "/reagents/2?quantity=7.5", token));

            await().atMost(SOON)
                    .until(() -> shelf.get(2).orElseThrow().quantity().doubleValue() == 7.5);
            await().atMost(SOON).until(() -> scarce.contains("Agarose by user:ada"));
        }
    }

    @Test
    void client_withATokenTheApplicationDoesNotKnow_isRefused() {
        try (SyncClient client = client("made-up")) {
            CompletionException e = assertThrows(CompletionException.class, client.connect()::join);
            assertEquals(
                    ConnectFailedException.Kind.UNAUTHENTICATED,
                    assertInstanceOf(ConnectFailedException.class, e.getCause()).kind());
        }
    }

    @Test
    void signOut_endsLiveConnections() throws Exception {
        String token = signIn("grace", "hopper");
        try (SyncClient client = client(token)) {
            client.connect().join();
            send("DELETE", "/session", token);
            await().atMost(SOON)
                    .untilAsserted(
                            () ->
                                    assertTrue(
                                            events.stream().anyMatch(ApplicationTest::isRevoked),
                                            events::toString));
        }
    }

    private static boolean isRevoked(ClientEvent event) {
        return event instanceof ClientEvent.Ended ended
                && ended.failure().orElse(null) instanceof SyncException e
                && e.code() == ErrorCode.REVOKED;
    }
}
