package org.freelims.sync.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.Authenticator;
import org.freelims.sync.access.Principal;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.server.socketio.SocketIoEndpoint;
import org.freelims.sync.server.tyrus.ConnectionLimits;
import org.freelims.sync.server.tyrus.SyncServer;
import org.freelims.sync.session.Limits;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Many handshakes at once, each of another user than the ones before and after it, in every way
 * that a user can be named: nobody may ever be taken for somebody else.
 */
class IdentitiesTest {
    private static final int HANDSHAKES = 1_000;
    private static final int USERS = 7;
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Authenticator TOKENS =
            token -> {
                if (!token.startsWith("token of ")) {
                    throw Authenticator.badToken();
                }
                return Principal.of(token.substring("token of ".length()));
            };

    private final HubThreads threads = HubThreads.start();
    private final SyncHub hub =
            SyncHub.builder()
                    .log(ChangeLog.inMemory(10))
                    .authenticator(TOKENS)
                    .limits(Limits.builder().maxConnectionsPerUser(HANDSHAKES).build())
                    .threads(threads)
                    .build();
    private final SyncServer server = start();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private SyncServer start() {
        hub.start();
        var builder =
                SyncServer.builder()
                        .port(0)
                        .hub(hub)
                        .authenticator(TOKENS)
                        .limits(ConnectionLimits.defaults().withConnections(9_000, 9_000));
        return SocketIoEndpoint.builder()
                .hub(hub)
                .authenticator(TOKENS)
                .build()
                .mountOn(builder)
                .build()
                .start();
    }

    @AfterEach
    void stop() {
        server.close();
        threads.close();
    }

    private static String user(int number) {
        return "user:" + number % USERS;
    }

    private static String token(int number) {
        return "token of " + user(number);
    }

    /** One connection: what it heard, texts only. */
    private static final class Peer implements WebSocket.Listener {
        final LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
        private final StringBuilder partial = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket socket, CharSequence data, boolean last) {
            partial.append(data);
            if (last) {
                heard.add(partial.toString());
                partial.setLength(0);
            }
            socket.request(1);
            return null;
        }

        /** Returns the next text with one of these in it. */
        String next(String... containing) throws InterruptedException {
            while (true) {
                String text = heard.poll(30, TimeUnit.SECONDS);
                if (text == null) {
                    throw new AssertionError("nothing came with " + List.of(containing));
                }
                if (Stream.of(containing).anyMatch(text::contains)) {
                    return text;
                }
            }
        }
    }

    private record Connection(int number, Peer peer, WebSocket socket) {
        void say(String text) {
            socket.sendText(text, true).join();
        }
    }

    /** Begins all handshakes before the first is through. */
    private List<Connection> openAll(String path, boolean header) {
        List<CompletableFuture<Connection>> opening = new ArrayList<>();
        for (int i = 0; i < HANDSHAKES; i++) {
            int number = i;
            Peer peer = new Peer();
            WebSocket.Builder builder = http.newWebSocketBuilder();
            if (header) {
                builder.header("Authorization", "Bearer " + token(number));
            }
            opening.add(
                    builder.buildAsync(URI.create("ws://127.0.0.1:" + server.port() + path), peer)
                            .thenApply(socket -> new Connection(number, peer, socket)));
        }
        return opening.stream().map(CompletableFuture::join).toList();
    }

    private static String principalIn(String message) {
        try {
            String json = message.substring(message.indexOf('{'));
            json = json.substring(0, json.lastIndexOf('}') + 1);
            return JSON.readTree(json).path("principal").asText();
        } catch (JsonProcessingException e) {
            throw new AssertionError(message, e);
        }
    }

    @Test
    void sync_namedByHeaderOrByMessage_isWhoItSays() throws InterruptedException {
        List<Connection> named = openAll("/sync", true);
        List<Connection> unnamed = openAll("/sync", false);
        // the next user's token is refused where the handshake named this one
        for (Connection c : named) {
            c.say(authenticate(c.number + 1));
            c.say(authenticate(c.number));
        }
        for (Connection c : unnamed) {
            c.say(authenticate(c.number));
        }
        for (Connection c : named) {
            assertOneRefusalThenWelcome(c, "\"error\"");
        }
        for (Connection c : unnamed) {
            String answer = c.peer.next("\"error\"", "\"authenticated\"");
            assertEquals(user(c.number), principalIn(answer), answer);
        }
        named.forEach(c -> c.socket.abort());
        unnamed.forEach(c -> c.socket.abort());
    }

    /** The other's token was refused, then its own was good: the connection is who it says. */
    private static void assertOneRefusalThenWelcome(Connection c, String error)
            throws InterruptedException {
        String refusal = c.peer.next(error, "\"authenticated\"");
        assertTrue(refusal.contains(ErrorCode.OTHER_PRINCIPAL.name()), refusal);
        String welcome = c.peer.next(error, "\"authenticated\"");
        assertEquals(user(c.number), principalIn(welcome), welcome);
    }

    private static String authenticate(int number) {
        return "{\"type\":\"authenticate\",\"token\":\"" + token(number) + "\"}";
    }

    @Test
    void socketIo_namedByAuthOrByHeader_isWhoItSays() throws InterruptedException {
        String path = "/socket.io/?EIO=4&transport=websocket";
        List<Connection> byAuth = openAll(path, false);
        List<Connection> byHeader = openAll(path, true);
        byAuth.forEach(c -> c.say("40{\"token\":\"" + token(c.number) + "\"}"));
        byHeader.forEach(c -> c.say("40"));
        List<Connection> all = new ArrayList<>(byAuth);
        all.addAll(byHeader);
        for (Connection c : all) {
            c.peer.next("40{");
            c.say("42[\"authenticate\",{\"token\":\"" + token(c.number + 1) + "\"}]");
            c.say("42[\"authenticate\",{\"token\":\"" + token(c.number) + "\"}]");
        }
        for (Connection c : all) {
            assertOneRefusalThenWelcome(c, "authentication_error");
        }
        all.forEach(c -> c.socket.abort());
    }
}
