package org.freelims.sync.server.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.cli.ServerForTests;
import org.freelims.sync.server.security.Accounts;
import org.freelims.sync.server.security.Attribution;
import org.freelims.sync.server.security.NewAccount;
import org.freelims.sync.server.security.Passwords;
import org.jdbi.v3.core.Jdbi;

/**
 * A real server with an administrator, {@code grace}, and somebody who is none, {@code ada}, to be
 * asked over HTTP. Confined to the test's thread.
 */
public final class ServerUnderWatch implements AutoCloseable {
    /** Both passwords. */
    public static final String PASSWORD = "analytical";

    private static final JsonMapper JSON = new JsonMapper();

    private final PostgresForTests.Database database = PostgresForTests.freshDatabase();
    private final ServerForTests server;
    private final HttpClient http = HttpClient.newHttpClient();

    public ServerUnderWatch(Path directory) {
        server = ServerForTests.start(database, directory, false);
        var accounts =
                new Accounts(Jdbi.create(database.dataSource()), Passwords.withDefaultCost());
        for (String name : new String[] {"ada", "grace"}) {
            accounts.create(
                    new NewAccount(
                            name + "@example.org", name, name, PASSWORD, name.equals("grace")),
                    new Attribution("service:test", ""));
        }
    }

    /** Returns the server. */
    public ServerForTests server() {
        return server;
    }

    /** Returns its database. */
    public PostgresForTests.Database database() {
        return database;
    }

    /** Signs in as FreeLIMS' clients do. */
    public String token(String username) throws IOException, InterruptedException {
        String form =
                "username="
                        + URLEncoder.encode(username, StandardCharsets.UTF_8)
                        + "&password="
                        + PASSWORD;
        HttpResponse<String> answer =
                http.send(
                        HttpRequest.newBuilder(URI.create(server.url() + "/api/token"))
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(BodyPublishers.ofString(form))
                                .build(),
                        BodyHandlers.ofString());
        assertEquals(200, answer.statusCode(), answer.body());
        return JSON.readTree(answer.body()).path("access_token").asText();
    }

    /** Asks, with a bearer token unless it is empty. */
    public HttpResponse<String> send(String method, String path, String token)
            throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(URI.create(server.url() + path))
                        .method(method, BodyPublishers.noBody());
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    /** Asks for JSON, which must come. */
    public JsonNode json(String path, String token) throws IOException, InterruptedException {
        HttpResponse<String> answer = send("GET", path, token);
        assertEquals(200, answer.statusCode(), answer.body());
        return JSON.readTree(answer.body());
    }

    @Override
    public void close() {
        server.close();
    }
}
