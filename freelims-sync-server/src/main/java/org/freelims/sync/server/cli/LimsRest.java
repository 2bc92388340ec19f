package org.freelims.sync.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLHandshakeException;
import org.freelims.sync.server.lims.LimsSeed;

/** The LIMS' REST API, as a client of it sees it. Thread-safe. */
final class LimsRest {
    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI root;
    private final HttpClient client;
    private final Optional<String> token;

    private LimsRest(URI root, HttpClient client, Optional<String> token) {
        this.root = root;
        this.client = client;
        this.token = token;
    }

    /** An answer; {@code body} is missing where it is no JSON. */
    record Answer(int status, JsonNode body, HttpResponse<String> response) {
        String detail() {
            JsonNode detail = body.path("detail");
            return detail.isTextual()
                    ? detail.asText()
                    : detail.isMissingNode() ? "" : detail.toString();
        }
    }

    /** Talks to the server that the options name as nobody. */
    static LimsRest anonymous(ConnectionOptions options) {
        return new LimsRest(options.root(), options.http(), Optional.empty());
    }

    /**
     * Signs in as the options say; stays nobody if they say nothing.
     *
     * @throws CliException {@code REFUSED} if the server refuses the account, {@code UNREACHABLE}
     *     if it does not answer
     */
    static LimsRest signIn(ConnectionOptions options) {
        LimsRest nobody = anonymous(options);
        if (options.token.isPresent()) {
            return new LimsRest(nobody.root, nobody.client, options.token);
        }
        String name = options.username.orElse(options.demo ? LimsSeed.DEMO_USERNAME : "");
        if (name.isEmpty()) {
            return nobody;
        }
        String password = options.password.orElse(options.demo ? LimsSeed.DEMO_PASSWORD : "");
        return new LimsRest(nobody.root, nobody.client, Optional.of(nobody.token(name, password)));
    }

    private String token(String username, String password) {
        var form =
                HttpRequest.newBuilder(uri("/api/token"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(
                                BodyPublishers.ofString(
                                        "username="
                                                + encode(username)
                                                + "&password="
                                                + encode(password)));
        Answer answer = send(form);
        if (answer.status() == 401 || answer.status() == 400) {
            throw new CliException(
                    ExitCode.REFUSED,
                    "The server does not let '"
                            + username
                            + "' in: "
                            + answer.detail()
                            + ". Check --username and the password; 'freelims-sync user list' shows"
                            + " the accounts on the server's machine.");
        }
        String token = answer.body().path("access_token").asText("");
        if (answer.status() != 200 || token.isEmpty()) {
            throw notTheServer(answer);
        }
        return token;
    }

    /** The token that this signed in with, if it did. */
    Optional<String> token() {
        return token;
    }

    Answer get(String path) {
        return send(HttpRequest.newBuilder(uri(path)).GET());
    }

    Answer put(String path, JsonNode body) {
        return send(
                HttpRequest.newBuilder(uri(path))
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString(body.toString())));
    }

    /**
     * Sends a request.
     *
     * @throws CliException {@code UNREACHABLE} if nothing answers
     */
    Answer send(HttpRequest.Builder request) {
        token.ifPresent(bearer -> request.header("Authorization", "Bearer " + bearer));
        try {
            var response = client.send(request.timeout(TIMEOUT).build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), json(response.body()), response);
        } catch (ConnectException e) {
            throw new CliException(
                    ExitCode.UNREACHABLE,
                    "No server answers at "
                            + root
                            + ". Start it with 'freelims-sync serve', or name another with --url;"
                            + " 'freelims-sync doctor' finds out more.",
                    e);
        } catch (SSLHandshakeException e) {
            throw new CliException(
                    ExitCode.UNREACHABLE,
                    "The certificate of "
                            + root
                            + " is not trusted: "
                            + e.getMessage()
                            + ". If a private authority issued it, give that one's with --ca; the"
                            + " name in --url must be one that the certificate is for.",
                    e);
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.UNREACHABLE,
                    "The connection to "
                            + root
                            + " broke: "
                            + e
                            + ". 'freelims-sync doctor' finds out more.",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException(ExitCode.FAILED, "Interrupted.", e);
        }
    }

    /** What an answer means that should have been a success. */
    CliException refused(String what, Answer answer) {
        if (answer.status() == 401 && token.isPresent()) {
            return new CliException(
                    ExitCode.REFUSED,
                    what
                            + ": the token is not valid, or no longer. Make another ('freelims-sync"
                            + " token' on the server's machine), or sign in with --username.");
        }
        if (answer.status() == 401) {
            return new CliException(
                    ExitCode.REFUSED,
                    what
                            + ": the server wants to know who you are. Give --username (or"
                            + " --token), or --demo if it runs with 'serve --demo'.");
        }
        if (answer.status() == 403) {
            return new CliException(ExitCode.REFUSED, what + ": " + answer.detail());
        }
        if (answer.body().isMissingNode()) {
            return notTheServer(answer);
        }
        return new CliException(
                ExitCode.FAILED, what + ": " + answer.detail() + " (HTTP " + answer.status() + ")");
    }

    private CliException notTheServer(Answer answer) {
        return new CliException(
                ExitCode.UNREACHABLE,
                "What answers at "
                        + root
                        + " is not a FreeLIMS server (HTTP "
                        + answer.status()
                        + "). Check host and port of --url.");
    }

    URI uri(String path) {
        return root.resolve(path);
    }

    private static JsonNode json(String body) {
        try {
            return body.isBlank() ? MissingNode.getInstance() : JSON.readTree(body);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, UTF_8);
    }
}
