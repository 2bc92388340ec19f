package org.freelims.sync.server.cli;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.freelims.sync.protocol.AsyncApi;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.operation.ServerUnderWatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real server and its client say to each other is what asyncapi.json describes. */
class RecordedTrafficTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Pattern TYPE = Pattern.compile("^\\{\"type\":\"([a-z]+)\"");

    @TempDir Path dir;

    /** A connection that keeps every text, both ways. */
    private static final class Recording implements WebSocket.Listener {
        final List<String> said = new CopyOnWriteArrayList<>();
        final List<String> heard = new CopyOnWriteArrayList<>();
        private final StringBuilder part = new StringBuilder();
        private final WebSocket socket;

        Recording(int port) {
            socket =
                    HttpClient.newHttpClient()
                            .newWebSocketBuilder()
                            .subprotocols("freelims.sync.v1")
                            .buildAsync(URI.create("ws://127.0.0.1:" + port + "/sync"), this)
                            .join();
        }

        void say(String text) {
            said.add(text);
            socket.sendText(text, true).join();
        }

        void hear(String containing) {
            await().atMost(LONG)
                    .until(() -> heard.stream().anyMatch(text -> text.contains(containing)));
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
            part.append(text);
            if (last) {
                heard.add(part.toString());
                part.setLength(0);
            }
            return WebSocket.Listener.super.onText(from, text, last);
        }
    }

    @Test
    void traffic_ofEveryKind_isAsDescribed() throws Exception {
        AsyncApi api = AsyncApi.read();
        try (ServerUnderWatch watched = new ServerUnderWatch(dir)) {
            Recording recording = new Recording(watched.server().port());
            talk(recording, watched.token("grace"), watched.database());
            watched.server().stop();
            recording.hear("\"type\":\"closing\",\"code\":\"SHUTTING_DOWN\"");

            Set<String> seen = new TreeSet<>();
            for (List<String> texts : List.of(recording.said, recording.heard)) {
                for (String text : texts) {
                    assertEquals(List.of(), api.violations(text));
                    Matcher type = TYPE.matcher(text);
                    assertTrue(type.find(), text);
                    seen.add(type.group(1));
                }
            }
            assertEquals(api.types(), seen);
        }
    }

    private static void talk(Recording to, String token, PostgresForTests.Database database) {
        to.hear("\"type\":\"welcome\"");
        to.say("{\"type\":\"subscribe\",\"id\":1,\"to\":\"samples\"}");
        to.hear("\"code\":\"UNAUTHENTICATED\"");
        to.say("{\"type\":\"authenticate\",\"id\":2,\"token\":\"" + token + "\"}");
        to.hear("\"type\":\"authenticated\"");
        to.say("{\"type\":\"ping\"}");
        to.hear("\"type\":\"pong\"");
        to.say("{\"type\":\"subscribe\",\"to\":\"chemicals\",\"from\":\"elsewhere:7.ab12\"}");
        to.hear("\"code\":\"POSITION_LOST\"");

        database.execute(
                "INSERT INTO samples (internal_id, name, status) VALUES ('S-1', 'Böhm\u2028',"
                        + " 'received')");
        to.say("{\"type\":\"subscribe\",\"id\":3,\"to\":\"samples\",\"from\":\"snapshot\"}");
        to.hear("\"last\":true");
        to.say("{\"type\":\"subscribe\",\"id\":4,\"to\":\"samples?status=received\"}");
        to.hear("\"to\":\"samples?status=received\"");
        database.execute("UPDATE samples SET status = 'approved'");
        to.hear("\"type\":\"left\"");
        database.execute("DELETE FROM samples");
        to.hear("\"action\":\"delete\"");
        to.hear("\"type\":\"heartbeat\"");
        database.execute("TRUNCATE samples");
        to.hear("\"code\":\"TRUNCATED\"");
        to.say("{\"type\":\"unsubscribe\",\"id\":5,\"to\":\"samples\"}");
        to.hear("\"type\":\"unsubscribed\"");
    }
}
