package org.freelims.sync.examples.instrument;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/** The LIMS' REST API, as far as this program needs it. Thread-safe. */
final class LimsRest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final int UNAUTHORIZED = 401;

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI base;
    private final String user;
    private final String password;
    private volatile String token = "";

    LimsRest(URI base, String user, String password) {
        this.base = base;
        this.user = user;
        this.password = password;
    }

    /** Signs in; the token is good for the sync endpoint as well. */
    String signIn() {
        String form = "username=" + encoded(user) + "&password=" + encoded(password);
        HttpResponse<String> response =
                send(
                        HttpRequest.newBuilder(base.resolve("/api/token"))
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(BodyPublishers.ofString(form)));
        if (response.statusCode() != 200) {
            throw new IllegalStateException("sign-in failed: " + response.body());
        }
        token = read(response.body()).path("access_token").asText();
        return token;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    HttpResponse<String> post(String path, Map<String, ?> body) {
        return call("POST", path, body);
    }

    HttpResponse<String> put(String path, Map<String, ?> body) {
        return call("PUT", path, body);
    }

    JsonNode get(String path) {
        return read(call("GET", path, Map.of()).body());
    }

    /** Calls, and signs in first if the token has run out. */
    private HttpResponse<String> call(String method, String path, Map<String, ?> body) {
        HttpResponse<String> response = callOnce(method, path, body);
        if (response.statusCode() == UNAUTHORIZED) {
            signIn();
            response = callOnce(method, path, body);
        }
        return response;
    }

    private HttpResponse<String> callOnce(String method, String path, Map<String, ?> body) {
        return send(
                HttpRequest.newBuilder(base.resolve(path))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                method.equals("GET")
                                        ? BodyPublishers.noBody()
                                        : BodyPublishers.ofString(
                                                JSON.valueToTree(body).toString())));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.timeout(TIMEOUT).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
