package org.freelims.sync.server.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.freelims.sync.client.CursorStore;
import org.freelims.sync.client.Resync;
import org.freelims.sync.client.SyncClient;
import org.freelims.sync.client.SyncHandler;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.protocol.SyncException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "monitor",
        sortOptions = false,
        description = {
            "Show changes as they are committed, whoever makes them.",
            "It survives restarts of the server and of the network without missing any. Stop it"
                    + " with Ctrl-C."
        },
        footer = {
            "",
            "Examples:",
            "  monitor --demo                       everything, on a demonstration server",
            "  monitor inventory --username ada     one resource",
            "  monitor 'inventory?quantity<10'      what runs short",
            "  monitor inventory/42 --count 1       wait for one record's next change"
        })
final class MonitorCommand extends SyncCommand {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Parameters(
            paramLabel = "WHAT",
            arity = "0..*",
            description =
                    "What to watch: a resource, one record (resource/id), or records that match"
                            + " (resource?field<value&field=value). Default: everything you may"
                            + " see.")
    List<String> expressions = new ArrayList<>();

    @Mixin ConnectionOptions connection = new ConnectionOptions();

    @Option(
            names = "--from",
            paramLabel = "WHERE",
            defaultValue = "now",
            description =
                    "Where to start: now; snapshot, which shows all present rows first; or a"
                            + " position. Default: now")
    String from = "now";

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "End after this many changes, with exit code 0.")
    Optional<Long> count = Optional.empty();

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "Give up after this time (10s, 5m), with exit code 7.")
    Optional<Duration> timeout = Optional.empty();

    @Option(
            names = "--cursor-file",
            paramLabel = "FILE",
            description = "Remember the position in this file, and go on from there next time.")
    Optional<Path> cursorFile = Optional.empty();

    MonitorCommand(Context context) {
        super(context);
    }

    @Override
    ExitCode run() throws InterruptedException {
        Output output = output();
        var finished = new CompletableFuture<ExitCode>();
        StartFrom start = start();
        CursorStore cursors = cursorFile.map(CursorStore::file).orElseGet(CursorStore::none);
        LimsRest rest = LimsRest.signIn(connection);
        try (SyncClient client = Watching.client(connection, rest, cursors, output)) {
            var handler = new Printer(output, finished, count.orElse(Long.MAX_VALUE));
            for (String expression : expressions.isEmpty() ? List.of("*") : expressions) {
                client.subscribe(expression, start, handler.of(expression));
            }
            var connected = client.connect();
            var unused =
                    connected.whenComplete(
                            (nothing, failure) -> {
                                if (failure != null) {
                                    finished.completeExceptionally(failure);
                                }
                            });
            Runtime.getRuntime().addShutdownHook(new Thread(client::close, "freelims-sync-stop"));
            return await(finished);
        }
    }

    private StartFrom start() {
        return switch (from) {
            case "now" -> StartFrom.now();
            case "snapshot" -> StartFrom.snapshot();
            default -> StartFrom.after(Position.parse(from));
        };
    }

    private ExitCode await(CompletableFuture<ExitCode> finished) throws InterruptedException {
        try {
            return timeout.isPresent()
                    ? finished.get(timeout.get().toMillis(), TimeUnit.MILLISECONDS)
                    : finished.get();
        } catch (TimeoutException e) {
            throw new CliException(
                    ExitCode.TIMED_OUT,
                    "No change came within " + Durations.text(timeout.orElseThrow()) + ".",
                    e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause
                    ? cause
                    : new IllegalStateException(e.getCause());
        }
    }

    /**
     * Prints what comes, and knows when it was enough. Called by the client, one call at a time for
     * a subscription.
     */
    private static final class Printer {
        private final Output output;
        private final CompletableFuture<ExitCode> finished;
        private final long enough;
        private final AtomicLong seen = new AtomicLong();

        Printer(Output output, CompletableFuture<ExitCode> finished, long enough) {
            this.output = output;
            this.finished = finished;
            this.enough = enough;
        }

        SyncHandler of(String expression) {
            return new SyncHandler() {
                @Override
                public void onNotification(ServerMessage.Notification notification) {
                    if (seen.incrementAndGet() <= enough) {
                        print(notification);
                    }
                    if (seen.get() >= enough) {
                        finished.complete(ExitCode.OK);
                    }
                }

                @Override
                public void onSubscribed(Position position) {
                    output.line(
                            "@|faint watching|@ "
                                    + (expression.equals("*") ? "everything" : expression));
                    event("subscribed", expression, position.toString());
                }

                @Override
                public void onSnapshot(ServerMessage.SnapshotPage page) {
                    for (String row : page.rows()) {
                        output.plain(page.resource() + "  " + row);
                        if (output.json()) {
                            row(page.resource(), row);
                        }
                    }
                }

                @Override
                public void onLeft(ServerMessage.Left left) {
                    output.line(
                            "@|faint "
                                    + time()
                                    + "|@  "
                                    + left.resource()
                                    + " #"
                                    + left.id()
                                    + "  no longer matches "
                                    + expression);
                    event("left", expression, left.id());
                }

                @Override
                public void onResync(Resync resync) {
                    output.line(
                            "@|yellow "
                                    + resync.reason()
                                    + "|@: what was shown of "
                                    + expression
                                    + " is out of date; starting anew");
                    event("resync", expression, resync.reason().name());
                }

                @Override
                public void onEnded(SyncException why) {
                    finished.completeExceptionally(why);
                }
            };
        }

        private void print(ServerMessage.Notification notification) {
            output.object(Notifications.complete(notification));
            if (output.json()) {
                return;
            }
            String style =
                    switch (notification.action()) {
                        case CREATE -> "bold,green";
                        case DELETE -> "bold,red";
                        default -> "bold,cyan";
                    };
            String who = notification.actor().map(actor -> "  by " + actor).orElse("");
            String why =
                    notification
                            .reason()
                            .filter(text -> !text.isBlank())
                            .map(text -> " (" + text + ")")
                            .orElse("");
            String action = notification.action().name().toLowerCase(java.util.Locale.ROOT);
            output.plain(
                    output.styled("faint", time())
                            + "  "
                            + output.styled("bold", notification.resource())
                            + " "
                            + output.styled(style, action)
                            + " #"
                            + notification.id()
                            + output.styled("faint", who + why));
            output.plain("          " + Notifications.payload(notification));
        }

        private void row(String resource, String row) {
            try {
                var object =
                        JsonNodeFactory.instance
                                .objectNode()
                                .put("event", "row")
                                .put("resource", resource);
                object.set("data", JSON.readTree(row));
                output.object(object);
            } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
                throw new IllegalStateException("the server sent a row that is no JSON", e);
            }
        }

        private void event(String event, String expression, String detail) {
            output.object(
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("event", event)
                            .put("to", expression)
                            .put("detail", detail));
        }

        private static String time() {
            return LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS).toString();
        }
    }
}
