package org.freelims.sync.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Duration;
import org.freelims.sync.client.ClientEvent;
import org.freelims.sync.client.CursorStore;
import org.freelims.sync.client.SyncClient;
import org.freelims.sync.client.SyncClientBuilder;
import org.freelims.sync.client.transport.ClientTransport;

/** Makes the clients that commands use, and tells the terminal how they fare. */
final class Watching {
    private Watching() {}

    /** A client for the server that the options name, signed in as they say; not connected yet. */
    static SyncClient client(
            ConnectionOptions options, LimsRest rest, CursorStore cursors, Output output) {
        var builder = builder(options).cursorStore(cursors);
        builder.listener(event -> tell(event, output));
        if (options.token.isPresent()) {
            builder.token(options.token.get());
        } else if (rest.token().isPresent()) {
            // a token ends some day: then sign in again
            builder.token(() -> LimsRest.signIn(options).token().orElseThrow());
        }
        return builder.build();
    }

    /** A builder with the address and the trust that the options name. */
    static SyncClientBuilder builder(ConnectionOptions options) {
        return SyncClient.builder()
                .uri(options.endpoint())
                .transport(ClientTransport.jdk(options.http()));
    }

    private static void tell(ClientEvent event, Output output) {
        if (event instanceof ClientEvent.Connected connected) {
            String who = connected.principal().orElse("nobody in particular");
            output.line("@|faint connected as " + who + "|@");
            state(output, "connected");
        } else if (event instanceof ClientEvent.ConnectFailed failed) {
            output.line(
                    "@|yellow not connected:|@ "
                            + failed.failure().getMessage()
                            + again(failed.retryIn()));
            state(output, "connect-failed");
        } else if (event instanceof ClientEvent.Disconnected gone) {
            String why = gone.code().map(code -> " (" + code + ")").orElse("");
            output.line(
                    "@|yellow connection lost"
                            + why
                            + ".|@"
                            + again(gone.retryIn())
                            + " Nothing will be missed.");
            state(output, "disconnected");
        } else if (event instanceof ClientEvent.TokenFailed failed) {
            output.line(
                    "@|yellow not signed in:|@ "
                            + failed.failure().getMessage()
                            + again(failed.retryIn()));
            state(output, "token-failed");
        } else if (event instanceof ClientEvent.GapFound) {
            output.line("@|yellow something did not arrive; asking for it again|@");
            state(output, "gap");
        }
    }

    private static String again(Duration in) {
        return " Trying again in " + Durations.text(in) + ".";
    }

    private static void state(Output output, String event) {
        output.object(JsonNodeFactory.instance.objectNode().put("event", event));
    }
}
