package org.freelims.sync.examples.boot;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import org.freelims.sync.client.SyncClient;
import org.freelims.sync.client.transport.ConnectFailedException;
import org.freelims.sync.protocol.ServerMessage.Notification;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.server.embedded.EmbeddedPostgres;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

class ApplicationTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir static Path directory;
    private static EmbeddedPostgres postgres;
    private static ConfigurableApplicationContext application;
    private static String port;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Notification> told = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start() {
        postgres = TryIt.postgres(directory);
        application = TryIt.start(postgres, 0);
        port =
                Objects.requireNonNull(
                        application.getEnvironment().getProperty("local.server.port"));
    }

    @AfterAll
    static void stop() {
        application.close();
        postgres.close();
    }

    private static String basic(String password) {
        return "Basic "
                + Base64.getEncoder()
                        .encodeToString(("ada:" + password).getBytes(StandardCharsets.UTF_8));
    }

    private int send(String method, String path) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                        .header("Authorization", basic("lovelace"))
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build();
        return http.send(request, BodyHandlers.discarding()).statusCode();
    }

    private static SyncClient client(String password) {
        return SyncClient.builder()
                .uri("ws://localhost:" + port)
                .header("Authorization", basic(password))
                .listener(event -> {})
                .build();
    }

    @Test
    void changesAndEvents_ofOneTransaction_arriveTogetherOrNotAtAll() throws Exception {
        try (SyncClient client = client("lovelace")) {
            var everything = client.subscribe("*", StartFrom.now(), told::add);
            client.connect().join();
            everything.ready().join();

            assertEquals(200, send("PUT", "/samples/1?name=blood"));
            assertEquals(500, send("POST", "/samples/1/runs?instrument=broken"));
            assertEquals(200, send("POST", "/samples/1/runs?instrument=hplc"));

            await().atMost(SOON).until(() -> told.size() >= 3);
            assertEquals(
                    List.of("CREATE samples/1", "UPDATE samples/1", "CREATE runs/hplc"),
                    told.stream()
                            .map(n -> n.action() + " " + n.resource() + "/" + n.id())
                            .toList());
            assertEquals(told.get(1).tx(), told.get(2).tx());
        }
    }

    @Test
    void client_whomSpringSecurityDoesNotKnow_isRefused() {
        try (SyncClient client = client("guess")) {
            CompletionException e = assertThrows(CompletionException.class, client.connect()::join);
            assertEquals(
                    ConnectFailedException.Kind.UNAUTHENTICATED,
                    assertInstanceOf(ConnectFailedException.class, e.getCause()).kind());
        }
    }
}
