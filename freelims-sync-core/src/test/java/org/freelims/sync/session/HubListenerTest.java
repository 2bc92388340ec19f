package org.freelims.sync.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.Principal;
import org.freelims.sync.log.Change;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.log.InMemoryChangeLog;
import org.freelims.sync.log.InMemoryChangeLog.Write;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.InMemoryConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a hub tells its listener and its administrator. */
class HubListenerTest {
    private static final Principal ADA =
            new Principal("user:ada", java.util.Set.of(), Optional.empty());

    private final HubThreads threads = HubThreads.start();
    private final InMemoryChangeLog log = ChangeLog.inMemory(100_000);
    private final Recorder told = new Recorder();
    private final SyncHub hub = hub(told);

    /** Keeps what it is told. */
    private static final class Recorder implements HubListener {
        final Map<String, Integer> deliveriesById = new ConcurrentHashMap<>();
        final List<ErrorCode> refused = new CopyOnWriteArrayList<>();
        final List<Closed> closed = new CopyOnWriteArrayList<>();
        final List<CaughtUp> caughtUp = new CopyOnWriteArrayList<>();
        final List<SnapshotSent> snapshots = new CopyOnWriteArrayList<>();
        final List<Integer> replayed = new CopyOnWriteArrayList<>();
        final List<String> overflows = new CopyOnWriteArrayList<>();
        final List<String> opened = new CopyOnWriteArrayList<>();

        @Override
        public void dispatched(Change change, int deliveries) {
            deliveriesById.put(change.id(), deliveries);
        }

        @Override
        public void replayed(int notifications) {
            replayed.add(notifications);
        }

        @Override
        public void opened() {
            opened.add("opened");
        }

        @Override
        public void closed(Closed closing) {
            closed.add(closing);
        }

        @Override
        public void refused(ErrorCode code) {
            refused.add(code);
        }

        @Override
        public void overflowed() {
            overflows.add("overflowed");
        }

        @Override
        public void caughtUp(CaughtUp level) {
            caughtUp.add(level);
        }

        @Override
        public void snapshotSent(SnapshotSent sent) {
            snapshots.add(sent);
        }
    }

    private SyncHub hub(HubListener listener) {
        SyncHub made =
                SyncHub.builder()
                        .log(log)
                        .snapshots(log)
                        .threads(threads)
                        .allowAnonymous(true)
                        .limits(Limits.builder().pendingBytes(20_000).build())
                        .listener(listener)
                        .build();
        made.start();
        return made;
    }

    @AfterEach
    void stop() {
        hub.close();
        threads.close();
    }

    private static Write item(int n) {
        return Write.create("items", "i" + n, "{\"id\":" + n + "}");
    }

    private InMemoryConnection connect(List<ServerMessage> heard) {
        return InMemoryConnection.open(
                "client",
                20_000,
                threads.blocking(),
                c -> hub.open(c, Optional.empty()),
                new InMemoryConnection.Receiver() {
                    @Override
                    public void onText(String text) {
                        heard.add(MessageCodec.decodeServer(text).orElseThrow());
                    }

                    @Override
                    public void onClosed(CloseReason reason) {}
                });
    }

    private static void subscribe(InMemoryConnection connection, StartFrom from) {
        connection.send(MessageCodec.encode(new ClientMessage.Subscribe(1, "items", from)));
    }

    @Test
    void dispatched_eachChange_saysHowManyWereSentIt() {
        var one = new HubClient(hub, threads.blocking(), ADA);
        var other = new HubClient(hub, threads.blocking(), ADA);
        one.subscribe("items");
        other.subscribe("items/i2");
        log.append(item(1));
        log.append(item(2));
        log.append(Write.create("others", "o", "{}"));

        HubClient.await(() -> told.deliveriesById.size() == 3);
        assertEquals(Map.of("i1", 1, "i2", 2, "o", 0), told.deliveriesById);
        assertEquals(2, told.opened.size());
    }

    @Test
    void refused_answeredWithAnError_saysTheCode() {
        List<ServerMessage> heard = new CopyOnWriteArrayList<>();
        var connection = connect(heard);
        connection.send(
                MessageCodec.encode(new ClientMessage.Subscribe(1, "items?", StartFrom.now())));

        HubClient.await(() -> told.refused.equals(List.of(ErrorCode.BAD_EXPRESSION)));
    }

    @Test
    void closed_byEitherSide_saysWhoAndWhy() {
        List<ServerMessage> heard = new CopyOnWriteArrayList<>();
        connect(heard).send("no JSON");
        HubClient.await(() -> told.closed.size() == 1);
        var leaving = connect(heard);
        leaving.disconnect(new CloseReason(CloseReason.NORMAL, "done"));
        HubClient.await(() -> told.closed.size() == 2);

        assertEquals(Optional.of(ErrorCode.MALFORMED), told.closed.get(0).code());
        assertEquals(CloseReason.BAD_DATA, told.closed.get(0).reason().code());
        assertEquals(Optional.empty(), told.closed.get(1).code());
        assertEquals(CloseReason.NORMAL, told.closed.get(1).reason().code());
        assertEquals("client", told.closed.get(1).session());
    }

    @Test
    void overflowed_thenReadOn_catchesUpAndSaysSo() throws Exception {
        List<ServerMessage> heard = new CopyOnWriteArrayList<>();
        var connection = connect(heard);
        subscribe(connection, StartFrom.now());
        HubClient.await(() -> heard.stream().anyMatch(ServerMessage.Subscribed.class::isInstance));
        connection.pause();
        for (int n = 0; n < 500; n++) {
            log.append(item(n));
        }
        HubClient.await(() -> told.overflows.size() == 1);
        HubClient.await(() -> hub.stats().dispatched() == 500);
        var report = hub.report(10).get().sessions().get(0);
        assertTrue(report.behind() > 0, report.toString());
        HubClient.await(() -> hub.stats().pendingBytes() > 0);
        connection.resume();

        HubClient.await(() -> told.caughtUp.size() == 1);
        HubClient.await(
                () ->
                        heard.stream().filter(ServerMessage.Notification.class::isInstance).count()
                                == 500);
        var level = told.caughtUp.get(0);
        int live = told.deliveriesById.values().stream().mapToInt(Integer::intValue).sum();
        int replayed = told.replayed.stream().mapToInt(Integer::intValue).sum();
        assertEquals(replayed, level.notifications());
        assertTrue(live < 500 && live + replayed >= 500, live + " live, " + replayed + " replayed");
        assertEquals(0, hub.report(10).get().sessions().get(0).behind());
    }

    @Test
    void snapshotSent_toItsEnd_saysHowManyRows() {
        log.append(IntStream.range(0, 450).mapToObj(HubListenerTest::item).toArray(Write[]::new));
        List<ServerMessage> heard = new CopyOnWriteArrayList<>();
        subscribe(connect(heard), StartFrom.snapshot());

        HubClient.await(() -> told.snapshots.size() == 1);
        assertEquals(450, told.snapshots.get(0).rows());
        assertEquals("items", told.snapshots.get(0).to());
    }

    @Test
    void report_ofSessionsAndFeeds_listsNoMoreThanAskedFor() throws Exception {
        for (int i = 0; i < 3; i++) {
            new HubClient(hub, threads.blocking(), ADA).subscribe("items");
        }
        new HubClient(hub, threads.blocking(), ADA).subscribe("others");

        NodeReport all = hub.report(10).get();
        assertEquals(
                List.of(
                        new NodeReport.FeedReport("items", 3),
                        new NodeReport.FeedReport("others", 1)),
                all.feeds());
        assertEquals(4, all.sessions().size());
        assertEquals(Optional.of("user:ada"), all.sessions().get(0).principal());
        NodeReport some = hub.report(1).get();
        assertEquals(1, some.feeds().size());
        assertEquals(1, some.sessions().size());
    }

    @Test
    void listener_thatThrows_changesNothing() {
        SyncHub other =
                hub(
                        new HubListener() {
                            @Override
                            public void dispatched(Change change, int deliveries) {
                                throw new IllegalStateException("a defect of the listener");
                            }
                        });
        var client = new HubClient(other, threads.blocking(), ADA);
        client.subscribe("items");
        log.append(item(1));
        log.append(item(2));

        client.await(ServerMessage.Notification.class, 2);
        assertEquals(List.of("i1", "i2"), client.ids());
        other.close();
    }
}
