package org.freelims.sync.client;

import static org.freelims.sync.client.ScriptedServer.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RowHandlerTest {
    private final VirtualTime time = new VirtualTime();
    private final ScriptedServer server = new ScriptedServer();
    private final List<ClientEvent> events = new ArrayList<>();
    private final SyncClient client =
            SyncClient.builder()
                    .uri("ws://lims.example")
                    .transport(server)
                    .executor(time)
                    .scheduler(time.scheduler())
                    .clock(time.clock())
                    .listener(events::add)
                    .build();
    private final List<String> told = new ArrayList<>();

    record Item(
            long id,
            BigDecimal quantity,
            @Nullable String expiresOn,
            @JsonProperty("storedIn") @Nullable String place) {}

    /** A row of what {@link ScriptedServer#change} sends. */
    record Counted(int n) {}

    private class Telling<T> implements RowHandler<T> {
        @Override
        public void onChange(RowChange<T> change) {
            told.add(change.action() + " " + change.id() + " " + change.row());
        }

        @Override
        public void onRows(List<T> rows, boolean last) {
            told.add(rows + (last ? " last" : ""));
        }

        @Override
        public void onLeft(String id) {
            told.add("left " + id);
        }
    }

    private <T> Subscription subscribed(Class<T> type) {
        Subscription subscription =
                client.subscribe("inventory", type, StartFrom.snapshot(), new Telling<>());
        var unused = client.connect();
        server.accept().welcome();
        time.settle();
        server.subscribed(100);
        return subscription;
    }

    private void page(String... rows) {
        server.say(
                new ServerMessage.SnapshotPage(
                        "inventory", "inventory", List.of(rows), true, at(100)));
        time.settle();
    }

    @Test
    void rowsAndChanges_areToldAsObjects() {
        subscribed(Counted.class);
        page("{\"n\":1}", "{\"n\":2,\"unit\":\"g\"}");
        server.change("inventory", 101, 100);
        server.say(
                new ServerMessage.Left(
                        "inventory",
                        "inventory",
                        "7",
                        Optional.of(at(102)),
                        Optional.of(at(101)),
                        Optional.of("t"),
                        false));
        time.settle();
        assertEquals(
                List.of("[Counted[n=1], Counted[n=2]] last", "UPDATE 101 Counted[n=101]", "left 7"),
                told);
    }

    @Test
    void rowReader_columns_goToTheirFields() throws Exception {
        RowReader<Item> reader = RowReader.of(Item.class);
        assertEquals(
                new Item(7, new BigDecimal("1.50"), "2026-04-01", "B2"),
                reader.read(
                        "{\"id\":7,\"quantity\":1.50,\"expires_on\":\"2026-04-01\",\"storedIn\":\"B2\","
                            + "\"added_later\":[1]}"));
        assertThrows(java.io.IOException.class, () -> reader.read("null"));
        assertThrows(java.io.IOException.class, () -> reader.read("{\"id\":\"x\"}"));
    }

    @Test
    void rowThatDoesNotRead_isAFailureOfTheHandler() {
        Subscription subscription = subscribed(Counted.class);
        page("{\"n\":\"many\"}");
        assertTrue(
                time.passUntil(
                        () -> subscription.failure().isPresent(), java.time.Duration.ofMinutes(5)));
        ClientEvent.HandlerFailed failed =
                events.stream()
                        .filter(ClientEvent.HandlerFailed.class::isInstance)
                        .map(ClientEvent.HandlerFailed.class::cast)
                        .findFirst()
                        .orElseThrow();
        String message =
                assertInstanceOf(UncheckedIOException.class, failed.failure()).getMessage();
        assertTrue(String.valueOf(message).startsWith("a row of inventory does not read"), message);
        assertEquals(List.of(), told);
    }
}
