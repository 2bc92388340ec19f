package org.freelims.sync.server.lims;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.security.Account;
import org.freelims.sync.server.security.Accounts;
import org.freelims.sync.server.security.Attribution;
import org.freelims.sync.server.security.CorsPolicy;
import org.freelims.sync.server.security.NewAccount;
import org.freelims.sync.server.security.Passwords;
import org.freelims.sync.server.security.TokenSecret;
import org.freelims.sync.server.security.TokenService;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.jersey.grizzly2.httpserver.GrizzlyHttpServerFactory;
import org.jdbi.v3.core.Jdbi;

/** The LIMS API on a plain HTTP server and a database of its own, and a client to ask it. */
final class LimsForTests implements AutoCloseable {
    static final String SECRET = "a secret for tests, of at least 32 bytes";
    static final String ORIGIN = "http://localhost:3001";
    static final String PASSWORD = "correct horse";

    private static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    final PostgresForTests.Database database;
    final Jdbi jdbi;
    final Accounts accounts;
    final TokenService tokens;
    private final HikariDataSource pool;
    private final LimsApi api;
    private final HttpServer server;
    private final URI base;

    /** What the API answered. */
    record Reply(HttpResponse<String> http) {
        int status() {
            return http.statusCode();
        }

        String text() {
            return http.body();
        }

        JsonNode json() {
            return http.body().isEmpty() ? MissingNode.getInstance() : parse(http.body());
        }

        Optional<String> header(String name) {
            return http.headers().firstValue(name);
        }

        String detail() {
            return json().path("detail").asText();
        }

        @Override
        public String toString() {
            return status() + " " + text();
        }
    }

    private LimsForTests(PostgresForTests.Database database, boolean registrationOpen) {
        this.database = database;
        HikariConfig config = new HikariConfig();
        config.setDataSource(database.dataSource());
        config.setMaximumPoolSize(8);
        config.setMinimumIdle(0);
        config.setConnectionTimeout(3000);
        this.pool = new HikariDataSource(config);
        LimsSchema.migrate(pool);
        this.jdbi = Jdbi.create(pool);
        this.accounts = new Accounts(jdbi, new Passwords(4, new SecureRandom()));
        this.tokens =
                new TokenService(TokenSecret.of(SECRET), Duration.ofHours(1), Clock.systemUTC());
        this.api =
                LimsApi.on(jdbi, accounts, tokens)
                        .version("1.2.3")
                        .registrationOpen(registrationOpen)
                        .cors(CorsPolicy.allowing(List.of(ORIGIN)))
                        .build();
        this.server =
                GrizzlyHttpServerFactory.createHttpServer(
                        URI.create("http://127.0.0.1:0/api/"), api.resourceConfig(), false);
        try {
            server.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int port = server.getListeners().iterator().next().getPort();
        this.base = URI.create("http://127.0.0.1:" + port);
    }

    static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + json, e);
        }
    }

    /** On an empty database. */
    static LimsForTests start() {
        return on(PostgresForTests.freshDatabase());
    }

    static LimsForTests on(PostgresForTests.Database database) {
        return new LimsForTests(database, true);
    }

    static LimsForTests withClosedRegistration() {
        return new LimsForTests(PostgresForTests.freshDatabase(), false);
    }

    /** A token of an account of this name, made if need be. */
    String token(String username, boolean admin) {
        Account account =
                accounts.find(username)
                        .orElseGet(
                                () ->
                                        accounts.create(
                                                new NewAccount(
                                                        username + "@example.org",
                                                        username,
                                                        "Person " + username,
                                                        PASSWORD,
                                                        admin),
                                                new Attribution("test", "")));
        return tokens.issue(account);
    }

    String admin() {
        return token("boss", true);
    }

    String user() {
        return token("tech", false);
    }

    int port() {
        return base.getPort();
    }

    Reply get(String path, String token) {
        return send("GET", path, token, "");
    }

    Reply post(String path, String token, String body) {
        return send("POST", path, token, body);
    }

    Reply put(String path, String token, String body) {
        return send("PUT", path, token, body);
    }

    Reply delete(String path, String token) {
        return send("DELETE", path, token, "");
    }

    Reply send(String method, String path, String token, String body) {
        HttpRequest.Builder request = request(path).header("Origin", ORIGIN);
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        return send(request.method(method, HttpRequest.BodyPublishers.ofString(body)));
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(20));
    }

    Reply send(HttpRequest.Builder request) {
        try {
            return new Reply(CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    Reply signIn(String username, String password) {
        String form =
                "username="
                        + URLEncoder.encode(username, StandardCharsets.UTF_8)
                        + "&password="
                        + URLEncoder.encode(password, StandardCharsets.UTF_8);
        return send(
                request("/api/token")
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .header("Origin", ORIGIN)
                        .POST(HttpRequest.BodyPublishers.ofString(form)));
    }

    /** Makes a record and returns its id. */
    int created(String path, String body) {
        Reply reply = post(path, admin(), body);
        if (reply.status() != 201) {
            throw new AssertionError(path + " " + body + " -> " + reply);
        }
        return reply.json().path("id").asInt();
    }

    int chemical(String name) {
        return created("/api/chemicals", "{\"name\":\"" + name + "\"}");
    }

    int location(String name) {
        return created("/api/locations", "{\"name\":\"" + name + "\"}");
    }

    int item(int chemical, int location, double quantity) {
        return created(
                "/api/inventory/items",
                "{\"chemical_id\":%d,\"location_id\":%d,\"quantity\":%s,\"unit\":\"g\"}"
                        .formatted(chemical, location, quantity));
    }

    /** One value, as text. */
    String sql(String query) {
        return jdbi.withHandle(
                handle -> handle.createQuery(query).mapTo(String.class).findFirst().orElse("none"));
    }

    @Override
    public void close() {
        server.shutdownNow();
        api.close();
        pool.close();
    }
}
