package org.freelims.sync.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.cli.ServerForTests;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A lab's FreeLIMS database and its clients, with our server in the place of the original. */
@Tag("e2e")
class ExistingFreelimsTest {
    @TempDir Path dir;
    private final PostgresForTests.Database database = PostgresForTests.freshDatabase();

    private void fillAsFreelimsDoes() throws IOException {
        try (InputStream script =
                PostgresForTests.class.getResourceAsStream("lims/freelims-database.sql")) {
            if (script == null) {
                throw new IllegalStateException("freelims-database.sql is missing");
            }
            database.execute(new String(script.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void database_ofALab_isServedToItsUsersAndClientsUnchanged() throws Exception {
        fillAsFreelimsDoes();
        try (ServerForTests server = ServerForTests.start(database, dir, false)) {
            try (RealClient stranger = RealClient.start(Configurations.FRONTEND, server.port())) {
                assertTrue(stranger.await("connect_error").argument().asText().contains("Sign in"));
            }
            String token = signIn(server, "admin", "password");
            var signedIn = Map.<String, Object>of("token", token);
            try (RealClient frontend =
                            RealClient.start(
                                    Configurations.FRONTEND.with("auth", signedIn), server.port());
                    RealClient polling =
                            RealClient.start(
                                    Configurations.FRONTEND_POLLING.with("auth", signedIn),
                                    server.port())) {
                for (RealClient client : List.of(frontend, polling)) {
                    client.await("connect");
                    client.subscribe("inventory");
                    client.subscribe("users");
                }
                // the Python backend, still writing beside us
                database.execute("UPDATE inventory_items SET quantity = 77.5 WHERE id = 1");
                database.execute("UPDATE users SET full_name = 'K' WHERE username = 'kemi'");
                for (RealClient client : List.of(frontend, polling)) {
                    assertEquals(
                            "77.5",
                            client.await("inventory_updated")
                                    .argument()
                                    .path("data")
                                    .path("quantity")
                                    .asText());
                    String user = client.await("users_updated").arguments().toString();
                    assertTrue(user.contains("kemi"), user);
                    assertTrue(!user.contains("hashed_password") && !user.contains("$2b$"), user);
                }
            }
        }
    }

    private static String signIn(ServerForTests server, String username, String password)
            throws IOException, InterruptedException {
        HttpResponse<String> response =
                HttpClient.newHttpClient() // which offers h2c, as many programs do
                        .send(
                                HttpRequest.newBuilder(URI.create(server.url() + "/api/token"))
                                        .header("Content-Type", "application/x-www-form-urlencoded")
                                        .POST(
                                                HttpRequest.BodyPublishers.ofString(
                                                        "username="
                                                                + username
                                                                + "&password="
                                                                + password))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString());
        assertEquals(200, response.statusCode(), response.body());
        return response.body().replaceAll(".*\"access_token\"\\s*:\\s*\"([^\"]*)\".*", "$1");
    }
}
