package org.freelims.sync.client;

import static org.freelims.sync.client.ScriptedServer.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Flow;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.protocol.SyncException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NotificationPublisherTest {
    private final VirtualTime time = new VirtualTime();
    private final ScriptedServer server = new ScriptedServer();
    private final CursorStore cursors = CursorStore.inMemory();
    private final SyncClient client =
            SyncClient.builder()
                    .uri("ws://lims.example")
                    .transport(server)
                    .cursorStore(cursors)
                    .pendingBytes(2_000)
                    .executor(time)
                    .scheduler(time.scheduler())
                    .clock(time.clock())
                    .listener(event -> {})
                    .build();

    /** Writes down what it is told, and requests only when the test says so. */
    private static class Reader implements Flow.Subscriber<ServerMessage.Notification> {
        final List<String> told = new ArrayList<>();
        Flow.@Nullable Subscription stream;

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            stream = subscription;
        }

        @Override
        public void onNext(ServerMessage.Notification n) {
            told.add("change " + n.position().offset());
        }

        @Override
        public void onError(Throwable failure) {
            told.add(
                    failure instanceof SyncException e
                            ? "error " + e.code()
                            : "error " + failure.getClass().getSimpleName());
        }

        @Override
        public void onComplete() {
            told.add("complete");
        }

        Flow.Subscription stream() {
            return Objects.requireNonNull(stream);
        }
    }

    private void connect() {
        var unused = client.connect();
        server.accept().welcome();
        time.settle();
    }

    private Reader subscribed() {
        connect();
        Reader reader = new Reader();
        client.notifications("inventory", StartFrom.now()).subscribe(reader);
        time.settle();
        server.subscribed(100);
        time.settle();
        return reader;
    }

    private List<String> told(Reader reader) {
        time.settle();
        List<String> copy = List.copyOf(reader.told);
        reader.told.clear();
        return copy;
    }

    @Test
    void changes_arriveAsTheyAreRequested() {
        Reader reader = subscribed();
        server.change("inventory", 101, 100)
                .change("inventory", 102, 101)
                .change("inventory", 103, 102);
        assertEquals(List.of(), told(reader));
        reader.stream().request(2);
        assertEquals(List.of("change 101", "change 102"), told(reader));
        reader.stream().request(Long.MAX_VALUE);
        reader.stream().request(Long.MAX_VALUE);
        assertEquals(List.of("change 103"), told(reader));
        server.change("inventory", 104, 103);
        assertEquals(List.of("change 104"), told(reader));
    }

    /** Lets so many changes come to a reader that requests none. */
    private Reader full(int changes) {
        Reader reader = subscribed();
        for (int i = 101; i <= 100 + changes; i++) {
            server.change("inventory", i, i - 1);
        }
        time.settle();
        return reader;
    }

    @Test
    void rule8_nothingRequested_pausesThatSubscriptionAlone() {
        Recorder other = new Recorder();
        Reader reader = full(100);
        client.subscribe("samples", StartFrom.now(), other);
        assertEquals("inventory", server.hear(ClientMessage.Unsubscribe.class).to());
        server.subscribed(200);
        server.change("samples", 201, 200);
        time.settle();

        assertEquals(List.of("subscribed 200", "change 201"), other.told);
        assertEquals(0, server.line().unread());
        assertEquals(List.of(), reader.told);
        assertTrue(server.hearsNothing());
    }

    @Test
    void rule3_requestedAgain_goesOnFromWhatItHasAndLosesNothing() {
        Reader reader = full(100);
        server.hear(ClientMessage.Unsubscribe.class);
        reader.stream().request(1);
        assertEquals(List.of("change 101"), told(reader));
        assertTrue(server.hearsNothing(), "it has enough for now");

        reader.stream().request(Long.MAX_VALUE);
        List<String> had = told(reader);
        ClientMessage.Subscribe again = server.subscribed(200);
        int last = 101 + had.size();
        assertTrue(last < 110, "bounded: " + had);
        assertEquals(StartFrom.after(at(last)), again.from());
        List<String> rest = new ArrayList<>();
        for (int i = last + 1; i <= 200; i++) {
            server.change("inventory", i, i - 1);
            rest.addAll(told(reader));
        }
        assertEquals(200 - last, rest.size());
        assertEquals("change " + (last + 1), rest.get(0));
        assertTrue(server.hearsNothing());
    }

    @Test
    void requestedOneByOne_pausesAndGoesOnAsOftenAsItTakes() {
        Reader reader = full(0);
        List<String> all = new ArrayList<>();
        int sent = 100;
        boolean live = true;
        for (int handled = 100; handled < 200; handled++) {
            while (live && sent < 200) {
                server.change("inventory", sent + 1, sent);
                sent++;
                time.settle();
                if (!server.hearsNothing()) {
                    server.hear(ClientMessage.Unsubscribe.class);
                    live = false;
                }
            }
            reader.stream().request(1);
            all.addAll(told(reader));
            if (!live && !server.hearsNothing()) {
                assertEquals(StartFrom.after(at(sent)), server.subscribed(sent).from());
                live = true;
            }
        }
        List<String> expected = new ArrayList<>();
        for (int i = 101; i <= 200; i++) {
            expected.add("change " + i);
        }
        assertEquals(expected, all);
    }

    @Test
    void connectionLost_whileItPauses_isNotAskedForUntilItGoesOn() {
        Reader reader = full(100);
        server.close(1006);
        time.pass(Duration.ofSeconds(60));
        server.accept().welcome();
        time.settle();
        assertTrue(server.hearsNothing());

        reader.stream().request(Long.MAX_VALUE);
        int had = told(reader).size();
        assertEquals(
                StartFrom.after(at(100 + had)), server.hear(ClientMessage.Subscribe.class).from());
    }

    @Test
    void cancel_whileItPauses_endsIt() {
        Reader reader = full(100);
        server.hear(ClientMessage.Unsubscribe.class);
        reader.stream().cancel();
        assertEquals(List.of(), told(reader));
        assertTrue(server.hearsNothing());
        Reader next = new Reader();
        client.notifications("inventory", StartFrom.after(at(100))).subscribe(next);
        server.subscribed(200);
        server.change("inventory", 101, 100);
        next.stream().request(1);
        assertEquals(List.of("change 101"), told(next));
    }

    @Test
    void position_countsAsHandledAfterOnNext() {
        Reader reader = subscribed();
        server.change("inventory", 101, 100).change("inventory", 102, 101);
        reader.stream().request(1);
        told(reader);
        client.close();
        assertEquals(Optional.of(at(101)), cursors.load("inventory"));
    }

    @Test
    void cancel_whileOneWaits_endsTheSubscriptionAndTheWaiting() {
        Reader reader = subscribed();
        Recorder other = new Recorder();
        client.subscribe("samples", StartFrom.now(), other);
        server.subscribed(100);
        server.change("inventory", 101, 100).change("samples", 102, 100);
        time.settle();
        assertEquals(List.of("subscribed 100", "change 102"), other.told);
        reader.stream().cancel();
        assertEquals(List.of(), told(reader));
        assertEquals("inventory", server.hear(ClientMessage.Unsubscribe.class).to());
    }

    @Test
    void cancel_inOnSubscribe_subscribesToNothing() {
        connect();
        client.notifications("inventory", StartFrom.now())
                .subscribe(
                        new Reader() {
                            @Override
                            public void onSubscribe(Flow.Subscription subscription) {
                                subscription.cancel();
                            }
                        });
        time.settle();
        assertTrue(server.hearsNothing());
    }

    @Test
    void request_ofNothing_isAnError() {
        Reader reader = subscribed();
        server.change("inventory", 101, 100);
        time.settle();
        reader.stream().request(0);
        assertEquals(List.of("error IllegalArgumentException"), told(reader));
    }

    @Test
    void onNextThatThrows_isNotCalledAgain() {
        connect();
        Reader reader =
                new Reader() {
                    @Override
                    public void onNext(ServerMessage.Notification n) {
                        super.onNext(n);
                        throw new IllegalStateException("a subscriber's own defect");
                    }
                };
        client.notifications("inventory", StartFrom.now()).subscribe(reader);
        time.settle();
        server.subscribed(100);
        reader.stream().request(10);
        server.change("inventory", 101, 100).change("inventory", 102, 101);
        assertEquals(List.of("change 101"), told(reader));
        assertEquals("inventory", server.hear(ClientMessage.Unsubscribe.class).to());
    }

    @Test
    void rule7_positionLost_isAnError() {
        connect();
        Reader reader = new Reader();
        client.notifications("inventory", StartFrom.after(at(7))).subscribe(reader);
        time.settle();
        server.say(
                new ServerMessage.Resync(
                        server.hear(ClientMessage.Subscribe.class).id(),
                        "inventory",
                        ErrorCode.POSITION_LOST,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
        assertEquals(List.of("error POSITION_LOST"), told(reader));
    }

    @Test
    void truncate_isAnErrorSinceNoNotificationTellsIt() {
        Reader reader = subscribed();
        server.say(
                new ServerMessage.Resync(
                        -1,
                        "inventory",
                        ErrorCode.TRUNCATED,
                        Optional.of("inventory"),
                        Optional.empty(),
                        Optional.of(at(101)),
                        Optional.of(at(100))));
        assertEquals(List.of("error TRUNCATED"), told(reader));
    }

    @Test
    void secondSubscriber_ofTheSame_isRefusedWithAnError() {
        subscribed();
        Reader second = new Reader();
        client.notifications("inventory", StartFrom.now()).subscribe(second);
        assertEquals(List.of("error IllegalStateException"), told(second));
    }

    @Test
    void notifications_fromASnapshot_isRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> client.notifications("inventory", StartFrom.snapshot()));
    }
}
