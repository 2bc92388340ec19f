package org.freelims.sync.server.cli;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLHandshakeException;
import org.freelims.sync.client.ClientEvent;
import org.freelims.sync.client.SyncClient;
import org.freelims.sync.client.transport.ConnectFailedException;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.protocol.SyncException;

/** Walks the way a client takes, step by step, and stops where going on makes no sense. */
final class ServerChecks {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final ConnectionOptions options;
    private final String socketIoPath;
    private final String namespace;
    private final Optional<String> origin;
    private final Consumer<Finding> findings;

    ServerChecks(
            ConnectionOptions options,
            String socketIoPath,
            String namespace,
            Optional<String> origin,
            Consumer<Finding> findings) {
        this.options = options;
        this.socketIoPath = socketIoPath;
        this.namespace = namespace;
        this.origin = origin;
        this.findings = findings;
    }

    void run() {
        URI root = options.root();
        if (!resolves(root) || !listens(root) || !isOurs(root)) {
            return;
        }
        origin.ifPresent(this::checkOrigin);
        new SocketIoChecks(options, socketIoPath, namespace, origin, findings).run();
        Optional<LimsRest> rest = signIn();
        rest.ifPresent(this::readsData);
        rest.ifPresent(this::subscribes);
    }

    private boolean resolves(URI root) {
        try {
            InetAddress[] addresses = InetAddress.getAllByName(root.getHost());
            findings.accept(
                    Finding.ok(
                            "address",
                            root.getHost()
                                    + " is "
                                    + String.join(
                                            ", ",
                                            Arrays.stream(addresses)
                                                    .map(InetAddress::getHostAddress)
                                                    .toList())));
            return true;
        } catch (UnknownHostException e) {
            findings.accept(
                    Finding.problem(
                            "address",
                            "there is no host " + root.getHost(),
                            "check the spelling of --url, and this machine's name server (DNS)"));
            return false;
        }
    }

    private boolean listens(URI root) {
        int port =
                root.getPort() >= 0 ? root.getPort() : root.getScheme().equals("https") ? 443 : 80;
        String where = root.getHost() + ":" + port;
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(root.getHost(), port), (int) TIMEOUT.toMillis());
            findings.accept(Finding.ok("port", where + " takes connections"));
            return true;
        } catch (ConnectException e) {
            findings.accept(
                    Finding.problem(
                            "port",
                            "nothing listens at " + where,
                            "start the server ('serve'); if it runs on another machine, it must be"
                                + " started with --host 0.0.0.0, and the port is 8001 unless it was"
                                + " told otherwise"));
        } catch (SocketTimeoutException e) {
            findings.accept(
                    Finding.problem(
                            "port",
                            where + " does not answer",
                            "a firewall may be in between: ask for this port"));
        } catch (IOException e) {
            findings.accept(
                    Finding.problem(
                            "port",
                            where + ": " + e.getMessage(),
                            "check the network of this machine"));
        }
        return false;
    }

    private boolean isOurs(URI root) {
        try {
            var answer = LimsRest.anonymous(options).get("/api/health");
            String version = answer.body().path("version").asText("");
            if (answer.status() == 200
                    && answer.body().path("status").asText("").equals("healthy")) {
                findings.accept(Finding.ok("server", "a FreeLIMS server, version " + version));
                return true;
            }
            findings.accept(
                    Finding.problem(
                            "server",
                            "what answers is no FreeLIMS server (HTTP "
                                    + answer.status()
                                    + " for /api/health)",
                            "check the port; a proxy in front must pass /api, /sync and /socket.io"
                                    + " on"));
        } catch (CliException e) {
            if (e.getCause() instanceof SSLHandshakeException) {
                findings.accept(Finding.problem("server", e.getMessage(), ""));
                return false;
            }
            findings.accept(
                    Finding.problem(
                            "server",
                            "what listens there does not speak "
                                    + root.getScheme().toUpperCase(java.util.Locale.ROOT),
                            root.getScheme().equals("https")
                                    ? "if the server is reached without TLS, use http:// in --url"
                                    : "if the server is reached over TLS, use https:// in --url"));
        }
        return false;
    }

    private void checkOrigin(String page) {
        LimsRest rest = LimsRest.anonymous(options);
        var preflight =
                HttpRequest.newBuilder(rest.uri("/api/token"))
                        .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                        .header("Origin", page)
                        .header("Access-Control-Request-Method", "POST")
                        .header("Access-Control-Request-Headers", "authorization");
        var answer = rest.send(preflight);
        String allowed =
                answer.response().headers().firstValue("Access-Control-Allow-Origin").orElse("");
        if (allowed.equals(page) || allowed.equals("*")) {
            findings.accept(Finding.ok("origin", "pages from " + page + " are let in"));
        } else {
            findings.accept(
                    Finding.problem(
                            "origin",
                            "pages from " + page + " are not let in",
                            "start the server with --allow-origin "
                                    + page
                                    + " (scheme, host and port, no path)"));
        }
    }

    private Optional<LimsRest> signIn() {
        try {
            LimsRest rest = LimsRest.signIn(options);
            if (rest.token().isEmpty()) {
                findings.accept(
                        Finding.skipped(
                                "sign-in",
                                "no account was given (--username, --token or --demo): going on as"
                                        + " nobody"));
            } else {
                findings.accept(Finding.ok("sign-in", "the server takes the account or token"));
            }
            return Optional.of(rest);
        } catch (CliException e) {
            findings.accept(Finding.problem("sign-in", e.getMessage(), ""));
            return Optional.empty();
        }
    }

    private void readsData(LimsRest rest) {
        if (rest.token().isEmpty()) {
            return;
        }
        var answer = rest.get("/api/inventory/items?limit=1");
        if (answer.status() == 200) {
            findings.accept(Finding.ok("data", "the inventory can be read"));
        } else if (answer.status() == 401) {
            findings.accept(
                    Finding.problem(
                            "data",
                            "the token is not good: " + answer.detail(),
                            "sign in again to get a new one"));
        } else {
            findings.accept(
                    Finding.problem(
                            "data",
                            "the inventory can't be read (HTTP "
                                    + answer.status()
                                    + "): "
                                    + answer.detail(),
                            answer.status() >= 500
                                    ? "the server's database may be down: look at the server's log"
                                    : ""));
        }
    }

    private void subscribes(LimsRest rest) {
        var firstFailure = new CompletableFuture<Position>();
        var builder = Watching.builder(options).connectTimeout(TIMEOUT);
        rest.token().ifPresent(builder::token);
        builder.listener(
                event -> {
                    if (event instanceof ClientEvent.ConnectFailed failed) {
                        firstFailure.completeExceptionally(failed.failure());
                    }
                });
        try (SyncClient client = builder.build()) {
            var subscription = client.subscribe("inventory", StartFrom.now(), notification -> {});
            var unused =
                    client.connect()
                            .whenComplete(
                                    (nothing, failure) -> {
                                        if (failure != null) {
                                            firstFailure.completeExceptionally(failure);
                                        }
                                    });
            Object position =
                    CompletableFuture.anyOf(firstFailure, subscription.ready())
                            .orTimeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                            .join();
            findings.accept(
                    Finding.ok(
                            "subscription",
                            "live at " + options.endpoint() + " from position " + position));
        } catch (CompletionException | CancellationException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            findings.accept(
                    Finding.problem("subscription", subscriptionFailure(cause), advice(cause)));
        }
    }

    private static String subscriptionFailure(Throwable cause) {
        return cause instanceof java.util.concurrent.TimeoutException
                ? "no answer to the subscription within " + Durations.text(TIMEOUT)
                : String.valueOf(cause.getMessage());
    }

    private static String advice(Throwable cause) {
        if (cause instanceof ConnectFailedException e) {
            return switch (e.kind()) {
                case NOT_WEBSOCKET, BROKEN, UNAVAILABLE -> SocketIoChecks.PROXY_ADVICE;
                default -> "";
            };
        }
        if (cause instanceof SyncException e) {
            return switch (e.code()) {
                case UNAUTHENTICATED ->
                        "this server wants a token: give --username, or --demo for a demonstration";
                case FORBIDDEN ->
                        "is the resource captured ('capture list')? May this account see it?";
                default -> "";
            };
        }
        return "";
    }
}
