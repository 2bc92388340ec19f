package org.freelims.sync.server.cli;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Tries both transports of Socket.IO, and the namespace, as browsers and Python tools use them. */
final class SocketIoChecks {
    static final String PROXY_ADVICE =
            "a proxy in front must pass WebSockets on (nginx: proxy_http_version 1.1;"
                    + " proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection"
                    + " \"upgrade\";)";

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final LimsRest rest;
    private final URI root;
    private final HttpClient http;
    private final String path;
    private final String namespace;
    private final Optional<String> origin;
    private final Consumer<Finding> findings;

    SocketIoChecks(
            ConnectionOptions options,
            String path,
            String namespace,
            Optional<String> origin,
            Consumer<Finding> findings) {
        this.rest = LimsRest.anonymous(options);
        this.root = options.root();
        this.http = options.http();
        this.path = path.endsWith("/") ? path : path + "/";
        this.namespace = namespace;
        this.origin = origin;
        this.findings = findings;
    }

    void run() {
        Optional<String> sid = polling();
        sid.ifPresent(this::namespace);
        webSocket(sid.isPresent());
    }

    private String query(String transport) {
        return path + "?EIO=4&transport=" + transport;
    }

    private Optional<String> polling() {
        var request = HttpRequest.newBuilder(rest.uri(query("polling"))).GET();
        origin.ifPresent(page -> request.header("Origin", page));
        var answer = rest.send(request);
        String body = answer.response().body();
        if (answer.status() == 200 && body.startsWith("0{")) {
            findings.accept(Finding.ok("polling", "Socket.IO answers at " + path));
            return Optional.of(body.replaceFirst("(?s).*\"sid\":\"([^\"]*)\".*", "$1"));
        }
        if (answer.status() == 404) {
            findings.accept(
                    Finding.problem(
                            "polling",
                            "there is no Socket.IO at " + path,
                            "Socket.IO is at /socket.io/, /ws/ and /ws/socket.io/: in JavaScript"
                                    + " io(URL + \"/ws\", {path: \"\"}), in Python"
                                    + " socketio_path=\"ws/socket.io\""));
        } else {
            findings.accept(
                    Finding.problem(
                            "polling",
                            "HTTP " + answer.status() + " for " + query("polling"),
                            answer.status() == 403
                                    ? "the origin is not let in (--allow-origin), or a proxy"
                                            + " forbids it"
                                    : "a proxy in front must pass "
                                            + path
                                            + " on, with its query and any body"));
        }
        return Optional.empty();
    }

    private void namespace(String sid) {
        String at = query("polling") + "&sid=" + sid;
        String connect = namespace.equals("/") ? "40" : "40" + namespace + ",";
        rest.send(HttpRequest.newBuilder(rest.uri(at)).POST(BodyPublishers.ofString(connect)));
        String answer = rest.send(HttpRequest.newBuilder(rest.uri(at)).GET()).response().body();
        // leave, so that the server need not wait for the session to time out
        rest.send(HttpRequest.newBuilder(rest.uri(at)).POST(BodyPublishers.ofString("1")));
        if (answer.startsWith("40")) {
            findings.accept(Finding.ok("namespace", namespace + " takes clients"));
        } else if (answer.contains("Invalid namespace")) {
            findings.accept(
                    Finding.problem(
                            "namespace",
                            "there is no namespace " + namespace,
                            "the namespaces are / and /ws: in JavaScript it is what follows the"
                                    + " host in io(\"URL/ws\")"));
        } else {
            findings.accept(
                    Finding.problem(
                            "namespace",
                            "nobody is let into " + namespace + " without a token",
                            "let the client send auth: {token}, or start the server with"
                                    + " --anonymous"));
        }
    }

    private void webSocket(boolean pollingWorks) {
        URI uri = URI.create(root.toString().replaceFirst("^http", "ws") + query("websocket"));
        var opened = new CompletableFuture<String>();
        var builder = http.newWebSocketBuilder().connectTimeout(TIMEOUT);
        origin.ifPresent(page -> builder.header("Origin", page));
        try {
            WebSocket socket = builder.buildAsync(uri, new FirstText(opened)).join();
            opened.orTimeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS).join();
            socket.abort();
            findings.accept(
                    Finding.ok(
                            "websocket",
                            "opens at "
                                    + path
                                    + (pollingWorks
                                            ? ""
                                            : ", so something in between blocks polling only")));
        } catch (CompletionException e) {
            String why =
                    e.getCause() instanceof WebSocketHandshakeException handshake
                            ? "HTTP " + handshake.getResponse().statusCode()
                            : String.valueOf(e.getCause() == null ? e : e.getCause());
            findings.accept(
                    Finding.problem(
                            "websocket",
                            "no WebSocket opens at "
                                    + path
                                    + " ("
                                    + why
                                    + ")"
                                    + (pollingWorks
                                            ? ", but polling works: something in between blocks it"
                                            : ""),
                            PROXY_ADVICE));
        }
    }

    private record FirstText(CompletableFuture<String> arrived) implements WebSocket.Listener {
        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
            arrived.complete(text.toString());
            socket.request(1);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            arrived.completeExceptionally(error);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            arrived.completeExceptionally(
                    new java.io.IOException("closed with " + status + " " + reason));
            return CompletableFuture.completedFuture(null);
        }
    }
}
