package org.freelims.sync.client;

import static org.freelims.sync.client.ScriptedServer.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.RowsDigest;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.transport.CloseReason;
import org.junit.jupiter.api.Test;

class LiveViewTest {
    private static final String TO = "inventory";

    private final VirtualTime time = new VirtualTime();
    private final ScriptedServer server = new ScriptedServer();
    private final CursorStore cursors = CursorStore.inMemory();
    private final SyncClient client =
            SyncClient.builder()
                    .uri("ws://lims.example")
                    .transport(server)
                    .cursorStore(cursors)
                    .executor(time)
                    .scheduler(time.scheduler())
                    .clock(time.clock())
                    .random(new SplittableRandom(1))
                    .listener(event -> {})
                    .build();
    private final List<String> told = new ArrayList<>();
    private long known;

    /** What rows are read as. */
    record Item(int id, String expiresOn, int n) {}

    private LiveView<Integer, Item> opened() {
        LiveView<Integer, Item> view = LiveView.open(client, TO, Item.class, Integer::valueOf);
        view.onChange(change -> told.add(gist(change)));
        var unused = client.connect();
        server.accept().welcome();
        time.settle();
        return view;
    }

    /** A view that holds rows 1 and 2, as of 100. */
    private LiveView<Integer, Item> loaded() {
        LiveView<Integer, Item> view = opened();
        server.subscribed(100);
        page(100, true, row(1, 10), row(2, 20));
        told.clear();
        return view;
    }

    private static String gist(ViewChange<Integer, Item> change) {
        Map<Integer, String> rows = new TreeMap<>();
        for (var row : change.rows()) {
            rows.put(row.key(), n(row.was()) + ">" + n(row.is()));
            assertEquals(row.was(), change.before().get(row.key()));
            assertEquals(row.is(), change.after().get(row.key()));
        }
        return rows.toString();
    }

    private static String n(Optional<Item> item) {
        return item.map(i -> Integer.toString(i.n())).orElse("-");
    }

    private static String row(int id, int n) {
        return "{\"id\":" + id + ",\"expires_on\":\"2026-04-01\",\"n\":" + n + ",\"unit\":\"g\"}";
    }

    private void page(long offset, boolean last, String... rows) {
        server.say(new ServerMessage.SnapshotPage(TO, TO, List.of(rows), last, at(offset)));
        if (last) {
            known = offset;
        }
        time.settle();
    }

    private void change(long offset, String tx, boolean txLast, Action action, int id, int n) {
        server.say(
                new ServerMessage.Notification(
                        TO,
                        TO,
                        action,
                        Integer.toString(id),
                        row(id, n),
                        at(offset),
                        at(known),
                        tx,
                        txLast,
                        Instant.EPOCH,
                        Optional.empty(),
                        Optional.empty()));
        known = offset;
        time.settle();
    }

    private void heartbeat(long offset) {
        server.say(new ServerMessage.Heartbeat(at(offset)));
        known = offset;
        time.settle();
    }

    private void left(int id, Optional<Position> position) {
        server.say(
                new ServerMessage.Left(
                        TO,
                        TO,
                        Integer.toString(id),
                        position,
                        position.map(p -> at(known)),
                        position.map(p -> "t" + p.offset()),
                        false));
        position.ifPresent(p -> known = p.offset());
        time.settle();
    }

    private static Map<Integer, Integer> rows(LiveView<Integer, Item> view) {
        Map<Integer, Integer> rows = new TreeMap<>();
        view.contents().rows().forEach((key, item) -> rows.put(key, item.n()));
        RowsDigest digest = RowsDigest.EMPTY;
        for (var one : rows.entrySet()) {
            String data = row(one.getKey(), one.getValue());
            digest = digest.plus(RowsDigest.ofRow(TO, one.getKey().toString(), data));
        }
        assertEquals(digest, view.contents().digest());
        return rows;
    }

    private static Optional<Position> position(LiveView<Integer, Item> view) {
        return view.contents().position();
    }

    @Test
    void snapshot_inPages_isThereOnceItIsWhole() {
        LiveView<Integer, Item> view = opened();
        assertEquals(StartFrom.snapshot(), server.subscribed(100).from());
        page(100, false, row(1, 10));
        assertEquals(Map.of(), rows(view));
        assertEquals(LiveView.State.LOADING, view.state());
        assertFalse(view.ready().isDone());

        page(100, true, row(2, 20));
        assertEquals(Map.of(1, 10, 2, 20), rows(view));
        assertEquals(new Item(1, "2026-04-01", 10), view.get(1).orElseThrow());
        assertEquals(LiveView.State.LIVE, view.state());
        assertEquals(Optional.of(at(100)), view.ready().join().position());
        assertEquals(List.of("{1=->10, 2=->20}"), told);
    }

    @Test
    void snapshot_cutInTheMiddle_startsAgainFromNothing() {
        LiveView<Integer, Item> view = opened();
        server.subscribed(100);
        page(100, false, row(1, 10), row(3, 30));
        reconnect();
        server.subscribed(105);
        page(105, true, row(1, 11));
        assertEquals(Map.of(1, 11), rows(view));
    }

    private void reconnect() {
        server.close(CloseReason.BROKEN);
        assertTrue(time.passUntil(server::isAwaited, Duration.ofSeconds(30)), "no reconnect");
        server.accept().welcome();
        time.settle();
    }

    @Test
    void rule12_transaction_isAppliedWithItsLastChange() {
        LiveView<Integer, Item> view = loaded();
        change(101, "t1", false, Action.UPDATE, 1, 11);
        change(102, "t1", false, Action.DELETE, 2, 20);
        assertEquals(Map.of(1, 10, 2, 20), rows(view));
        assertEquals(Optional.of(at(100)), position(view));
        change(103, "t1", true, Action.CREATE, 3, 30);
        assertEquals(Map.of(1, 11, 3, 30), rows(view));
        assertEquals(Optional.of(at(103)), position(view));
        assertEquals(List.of("{1=10>11, 2=20>-, 3=->30}"), told);
    }

    @Test
    void rule12_transactionWhoseLastIsNotTold_isAppliedWhenAnotherFollows() {
        LiveView<Integer, Item> view = loaded();
        change(101, "t1", false, Action.UPDATE, 1, 11);
        change(105, "t2", false, Action.UPDATE, 2, 21);
        assertEquals(Map.of(1, 11, 2, 20), rows(view));
        assertEquals(Optional.of(at(101)), position(view));
    }

    @Test
    void rule12_transactionWhoseLastIsNotTold_isAppliedWithAHeartbeat() {
        LiveView<Integer, Item> view = loaded();
        change(101, "t1", false, Action.UPDATE, 1, 11);
        heartbeat(110);
        assertEquals(Map.of(1, 11, 2, 20), rows(view));
        assertEquals(Optional.of(at(110)), position(view));
    }

    @Test
    void rule12_connectionLostWithinATransaction_theRestCompletesIt() {
        LiveView<Integer, Item> view = loaded();
        change(101, "t1", false, Action.UPDATE, 1, 11);
        reconnect();
        assertEquals(LiveView.State.BEHIND, view.state());
        assertEquals(StartFrom.after(at(101)), server.subscribed(101).from());
        assertEquals(Map.of(1, 10, 2, 20), rows(view));
        change(102, "t1", true, Action.UPDATE, 2, 21);
        assertEquals(Map.of(1, 11, 2, 21), rows(view));
        assertEquals(1, told.size());
    }

    @Test
    void changes_thatCancelOut_areNotTold() {
        LiveView<Integer, Item> view = loaded();
        change(101, "t1", false, Action.CREATE, 3, 30);
        change(102, "t1", false, Action.UPDATE, 1, 11);
        change(103, "t1", false, Action.UPDATE, 1, 10);
        change(104, "t1", true, Action.DELETE, 3, 30);
        assertEquals(Map.of(1, 10, 2, 20), rows(view));
        assertEquals(Optional.of(at(104)), position(view));
        assertEquals(List.of(), told);
    }

    @Test
    void contents_takenBefore_stayAsTheyWere() {
        LiveView<Integer, Item> view = loaded();
        ViewContents<Integer, Item> before = view.contents();
        change(101, "t1", true, Action.DELETE, 1, 10);
        assertEquals(2, before.size());
        assertEquals(10, before.get(1).orElseThrow().n());
        assertThrows(UnsupportedOperationException.class, () -> before.rows().remove(1));
    }

    @Test
    void rule7_positionLost_keepsItsRowsUntilTheNextSnapshotIsWhole() {
        LiveView<Integer, Item> view = loaded();
        change(101, "t1", false, Action.UPDATE, 1, 99);
        reconnect();
        long id = server.hear(ClientMessage.Subscribe.class).id();
        server.say(
                new ServerMessage.Resync(
                        id,
                        TO,
                        ErrorCode.POSITION_LOST,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
        time.settle();
        assertEquals(LiveView.State.REBUILDING, view.state());
        assertEquals(StartFrom.snapshot(), server.subscribed(500).from());
        page(500, false, row(2, 20));
        assertEquals(Map.of(1, 10, 2, 20), rows(view));
        page(500, true, row(3, 30));
        assertEquals(Map.of(2, 20, 3, 30), rows(view));
        assertEquals(LiveView.State.LIVE, view.state());
        assertEquals(List.of("{1=10>-, 3=->30}"), told);
        heartbeat(501);
        assertEquals(Map.of(2, 20, 3, 30), rows(view), "nothing of the lost history is left");
    }

    @Test
    void truncated_isAppliedWithTheTransactionThatFollows() {
        LiveView<Integer, Item> view = loaded();
        truncate(101);
        assertEquals(Map.of(1, 10, 2, 20), rows(view));
        change(102, "t1", true, Action.CREATE, 7, 70);
        assertEquals(Map.of(7, 70), rows(view));
        assertEquals(List.of("{1=10>-, 2=20>-, 7=->70}"), told);
        truncate(103);
        heartbeat(103);
        assertEquals(Map.of(), rows(view));
        assertEquals(Optional.of(at(103)), position(view));
    }

    private void truncate(long offset) {
        server.say(
                new ServerMessage.Resync(
                        -1,
                        TO,
                        ErrorCode.TRUNCATED,
                        Optional.of(TO),
                        Optional.empty(),
                        Optional.of(at(offset)),
                        Optional.of(at(known))));
        known = offset;
        time.settle();
    }

    @Test
    void rule9_left_isAppliedAsPartOfItsTransaction() {
        LiveView<Integer, Item> view = loaded();
        left(1, Optional.of(at(101)));
        assertEquals(Map.of(1, 10, 2, 20), rows(view));
        heartbeat(102);
        assertEquals(Map.of(2, 20), rows(view));
    }

    @Test
    void rule11_leftSinceRightsChanged_isGoneAtOnceAndStaysGone() {
        LiveView<Integer, Item> view = loaded();
        change(101, "t1", false, Action.UPDATE, 1, 11);
        left(1, Optional.empty());
        assertEquals(Map.of(2, 20), rows(view));
        heartbeat(102);
        assertEquals(Map.of(2, 20), rows(view));
        assertEquals(List.of("{1=10>-}"), told);
    }

    @Test
    void reached_positionOfOnesOwnChange_completesWithIt() {
        LiveView<Integer, Item> view = loaded();
        var reached = view.reached(at(102));
        change(101, "t1", true, Action.UPDATE, 1, 11);
        assertFalse(reached.isDone());
        change(102, "t2", true, Action.UPDATE, 1, 12);
        change(103, "t3", true, Action.UPDATE, 1, 13);
        assertEquals(12, reached.join().get(1).orElseThrow().n());
        assertTrue(view.reached(at(50)).isDone());
    }

    @Test
    void when_conditionThatThrows_failsWithThat() {
        LiveView<Integer, Item> view = loaded();
        var never =
                view.when(
                        contents -> {
                            throw new IllegalStateException("no");
                        });
        CompletionException e = assertThrows(CompletionException.class, never::join);
        assertEquals("no", Objects.requireNonNull(e.getCause()).getMessage());
    }

    @Test
    void listener_thatThrows_doesNotHarmTheViewOrOthers() {
        LiveView<Integer, Item> view = loaded();
        view.onChange(
                change -> {
                    throw new IllegalStateException("a listener's own defect, which is logged");
                });
        List<String> second = new ArrayList<>();
        LiveView.Registration registration = view.onChange(change -> second.add(gist(change)));
        change(101, "t1", true, Action.UPDATE, 1, 11);
        registration.close();
        change(102, "t2", true, Action.UPDATE, 1, 12);
        assertEquals(List.of("{1=10>11}"), second);
        assertEquals(Map.of(1, 12, 2, 20), rows(view));
    }

    @Test
    void row_thatDoesNotRead_endsTheViewWithTheReason() {
        LiveView<Integer, Item> view = loaded();
        var reached = view.reached(at(101));
        server.say(
                new ServerMessage.Notification(
                        TO,
                        TO,
                        Action.UPDATE,
                        "1",
                        "{\"id\":1,\"n\":\"many\"}",
                        at(101),
                        at(100),
                        "t1",
                        true,
                        Instant.EPOCH,
                        Optional.empty(),
                        Optional.empty()));
        time.settle();
        assertEquals(LiveView.State.ENDED, view.state());
        assertEquals(Map.of(1, 10, 2, 20), rows(view));
        assertEquals(ErrorCode.INTERNAL, view.failure().orElseThrow().code());
        CompletionException e = assertThrows(CompletionException.class, reached::join);
        assertInstanceOf(SyncException.class, e.getCause());
    }

    @Test
    void close_endsTheSubscriptionAndWhatWaits() {
        LiveView<Integer, Item> view = loaded();
        var reached = view.reached(at(101));
        view.close();
        time.settle();
        assertEquals(TO, server.hear(ClientMessage.Unsubscribe.class).to());
        assertInstanceOf(
                CancellationException.class,
                assertThrows(CompletionException.class, () -> orNow(reached)).getCause());
        assertEquals(Map.of(1, 10, 2, 20), rows(view));
        assertEquals(LiveView.State.ENDED, view.state());
    }

    @Test
    void clientClosed_endsWhatWaits() {
        LiveView<Integer, Item> view = opened();
        client.close();
        time.settle();
        assertInstanceOf(
                CancellationException.class,
                assertThrows(CompletionException.class, () -> orNow(view.ready())).getCause());
        assertEquals(LiveView.State.ENDED, view.state());
    }

    private static void orNow(CompletableFuture<?> future) {
        assertTrue(future.isDone(), "still waits");
        future.thenApply(x -> x).join();
    }

    @Test
    void cursorStore_isNotUsed() {
        cursors.save(TO, at(7));
        LiveView<Integer, Item> view = opened();
        assertEquals(StartFrom.snapshot(), server.subscribed(100).from());
        page(100, true, row(1, 10));
        heartbeat(200);
        assertEquals(Optional.of(at(7)), cursors.load(TO));
        assertEquals(Map.of(1, 10), rows(view));
    }

    @Test
    void idFields_several_formTheIdAsTheServerDoes() {
        LiveView<String, String> view =
                LiveView.builder(client, TO, json -> json).idFields("rack", "slot").open();
        var unused = client.connect();
        server.accept().welcome();
        time.settle();
        server.subscribed(100);
        page(100, true, "{\"rack\":\"a,b\\\\c\",\"slot\":3}");
        assertEquals(List.of("a\\,b\\\\c,3"), List.copyOf(view.contents().rows().keySet()));
    }

    @Test
    void open_everything_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> LiveView.open(client, "*", Item.class));
    }
}
