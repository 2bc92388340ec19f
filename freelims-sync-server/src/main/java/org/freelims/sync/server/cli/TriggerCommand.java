package org.freelims.sync.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.freelims.sync.client.CursorStore;
import org.freelims.sync.client.SyncClient;
import org.freelims.sync.client.SyncHandler;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage.Notification;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.protocol.SyncException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "trigger",
        sortOptions = false,
        description = {
            "Change an inventory item, and see the change arrive.",
            "It adds 1 to the item's quantity through the web API and waits for the notification,"
                    + " which shows that the whole line works: API, database, capture,"
                    + " subscription."
        },
        footer = {
            "",
            "Examples:",
            "  trigger --demo",
            "  trigger --username ada --item 42 --quantity 120"
        })
final class TriggerCommand extends SyncCommand {
    @Mixin ConnectionOptions connection = new ConnectionOptions();

    @Option(
            names = "--item",
            paramLabel = "ID",
            description = "The inventory item to change. Default: the first.")
    Optional<Integer> item = Optional.empty();

    @Option(
            names = "--quantity",
            paramLabel = "NUMBER",
            description = "Its new quantity. Default: one more than it has.")
    Optional<Double> quantity = Optional.empty();

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "10s",
            description = "How long to wait for the notification. Default: 10s")
    Duration timeout = Duration.ofSeconds(10);

    TriggerCommand(Context context) {
        super(context);
    }

    /** What came, and when. */
    private record Arrived(Notification notification, long nanos) {}

    @Override
    ExitCode run() throws InterruptedException {
        Output output = output();
        LimsRest rest = LimsRest.signIn(connection);
        JsonNode before = chooseItem(rest);
        int id = before.path("id").asInt();
        double now = before.path("quantity").asDouble();
        double wanted = quantity.orElse(now + 1);
        if (wanted == now) {
            throw new CliException(
                    ExitCode.USAGE,
                    "Item "
                            + id
                            + " has the quantity "
                            + now
                            + " already: that is no change, so there would be no"
                            + " notification. Choose another --quantity.");
        }
        try (SyncClient client =
                Watching.client(
                        connection,
                        rest,
                        CursorStore.none(),
                        Output.silent(spec().commandLine()))) {
            var arrived = new CompletableFuture<Arrived>();
            var subscription =
                    client.subscribe("inventory/" + id, StartFrom.now(), waitFor(wanted, arrived));
            within(timeout, client.connect(), "the connection");
            within(timeout, subscription.ready(), "the subscription");
            output.plain(
                    "PUT "
                            + rest.uri("/api/inventory/items/" + id)
                            + "  quantity "
                            + now
                            + " -> "
                            + wanted);
            long sent = System.nanoTime();
            ObjectNode change = JsonNodeFactory.instance.objectNode().put("quantity", wanted);
            var answer = rest.put("/api/inventory/items/" + id, change);
            if (answer.status() != 200) {
                throw rest.refused("Item " + id + " was not changed", answer);
            }
            Arrived result = within(timeout, arrived, "the notification");
            report(output, result, result.nanos() - sent);
        }
        return ExitCode.OK;
    }

    private JsonNode chooseItem(LimsRest rest) {
        if (item.isPresent()) {
            var answer = rest.get("/api/inventory/items/" + item.get());
            if (answer.status() == 404) {
                throw new CliException(
                        ExitCode.USAGE,
                        "There is no inventory item "
                                + item.get()
                                + ". Leave --item out to take the first.");
            }
            if (answer.status() != 200) {
                throw rest.refused("Item " + item.get() + " can't be read", answer);
            }
            return answer.body();
        }
        var answer = rest.get("/api/inventory/items?limit=1");
        if (answer.status() != 200) {
            throw rest.refused("The inventory can't be read", answer);
        }
        if (answer.body().isEmpty()) {
            throw new CliException(
                    ExitCode.FAILED,
                    "The inventory is empty. Make test data first: "
                            + Program.invocation()
                            + " seed");
        }
        return answer.body().get(0);
    }

    private static SyncHandler waitFor(double wanted, CompletableFuture<Arrived> arrived) {
        return new SyncHandler() {
            @Override
            public void onNotification(Notification notification) {
                if (Notifications.data(notification).path("quantity").asDouble() == wanted) {
                    arrived.complete(new Arrived(notification, System.nanoTime()));
                }
            }

            @Override
            public void onSubscribed(Position position) {}

            @Override
            public void onEnded(SyncException why) {
                arrived.completeExceptionally(why);
            }
        };
    }

    private static void report(Output output, Arrived arrived, long nanos) {
        double milliseconds = Math.round(nanos / 1e4) / 100.0;
        if (output.json()) {
            output.object(
                    Notifications.complete(arrived.notification())
                            .put("roundTripMs", milliseconds));
            return;
        }
        output.line(
                "@|bold,green Notified|@ after "
                        + milliseconds
                        + " ms, counted from before the request:");
        output.plain(Notifications.payload(arrived.notification()).toString());
    }

    private static <T> T within(Duration timeout, CompletableFuture<T> future, String what)
            throws InterruptedException {
        try {
            return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new CliException(
                    ExitCode.TIMED_OUT,
                    "Waited "
                            + Durations.text(timeout)
                            + " for "
                            + what
                            + ", in vain. 'freelims-sync doctor' finds out"
                            + " why.",
                    e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause
                    ? cause
                    : new IllegalStateException(e.getCause());
        }
    }
}
