package org.freelims.sync.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.log.InMemoryChangeLog;
import org.freelims.sync.log.InMemoryChangeLog.Write;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.InMemoryConnection;
import org.junit.jupiter.api.Test;

/** On one thread, with a clock that is moved by hand. */
class LingerTest {
    private static final Duration LINGER = Duration.ofMillis(20);

    private final Timers timers = new Timers();
    private final InMemoryChangeLog log = ChangeLog.inMemory(1000);
    private final List<ServerMessage> heard = new ArrayList<>();
    private int appended;

    private static final class Timers implements Scheduler {
        private record Timer(long at, Runnable task) {}

        private final PriorityQueue<Timer> timers =
                new PriorityQueue<>(Comparator.comparingLong(Timer::at));
        private long nanos = 1_000_000_000L;

        @Override
        public void after(Duration delay, Runnable task) {
            timers.add(new Timer(nanos + delay.toNanos(), task));
        }

        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public Instant now() {
            return Instant.EPOCH.plusNanos(nanos);
        }

        void pass(Duration time) {
            long until = nanos + time.toNanos();
            while (!timers.isEmpty() && timers.element().at <= until) {
                Timer next = timers.remove();
                nanos = next.at;
                next.task.run();
            }
            nanos = until;
        }
    }

    private SyncHub hub(Duration linger) {
        SyncHub hub =
                SyncHub.builder()
                        .log(log)
                        .allowAnonymous(true)
                        .threads(new HubThreads(Runnable::run, Runnable::run, timers, () -> {}))
                        .limits(Limits.builder().linger(linger).build())
                        .build();
        hub.start();
        return hub;
    }

    private InMemoryConnection client(SyncHub hub) {
        InMemoryConnection connection =
                InMemoryConnection.open(
                        "client",
                        1 << 20,
                        Runnable::run,
                        c -> hub.open(c, Optional.empty()),
                        new InMemoryConnection.Receiver() {
                            @Override
                            public void onText(String text) {
                                heard.add(MessageCodec.decodeServer(text).orElseThrow());
                            }

                            @Override
                            public void onClosed(CloseReason reason) {}
                        });
        connection.send(
                MessageCodec.encode(new ClientMessage.Subscribe(1, "items", StartFrom.now())));
        return connection;
    }

    private void append(int size) {
        appended++;
        log.append(
                Write.create(
                        "items",
                        Integer.toString(appended),
                        "{\"id\":" + appended + ",\"t\":\"" + "x".repeat(size) + "\"}"));
    }

    private List<String> notified() {
        return heard.stream()
                .filter(ServerMessage.Notification.class::isInstance)
                .map(m -> ((ServerMessage.Notification) m).id())
                .toList();
    }

    private static List<String> upTo(int last) {
        return IntStream.rangeClosed(1, last).mapToObj(Integer::toString).toList();
    }

    @Test
    void changeAfterAPause_isWrittenAtOnce() {
        client(hub(LINGER));

        append(10);
        assertEquals(upTo(1), notified());
        timers.pass(LINGER);
        append(10);
        assertEquals(upTo(2), notified());
    }

    @Test
    void changesWithinTheLinger_areWrittenTogetherAtItsEnd() {
        client(hub(LINGER));
        append(10);

        append(10);
        timers.pass(LINGER.dividedBy(2));
        append(10);
        timers.pass(LINGER.dividedBy(2).minusNanos(1));
        assertEquals(upTo(1), notified());
        timers.pass(Duration.ofNanos(1));
        assertEquals(upTo(3), notified());

        append(10);
        assertEquals(upTo(3), notified());
        timers.pass(LINGER);
        assertEquals(upTo(4), notified());
    }

    @Test
    void answerWithinTheLinger_isWrittenAtOnceAfterWhatWaits() {
        InMemoryConnection client = client(hub(LINGER));
        append(10);
        append(10);

        client.send(MessageCodec.encode(new ClientMessage.Ping(7)));

        assertEquals(upTo(2), notified());
        assertInstanceOf(ServerMessage.Pong.class, heard.get(heard.size() - 1));
        timers.pass(LINGER);
        assertEquals(upTo(2), notified());
    }

    @Test
    void clientThatJoinsWithinTheLinger_isCompleteAndInOrder() {
        SyncHub hub = hub(LINGER);
        client(hub);
        append(10);
        append(10);
        heard.clear();

        client(hub)
                .send(
                        MessageCodec.encode(
                                new ClientMessage.Subscribe(
                                        2,
                                        "items?id>0",
                                        StartFrom.after(Position.of(log.head().epoch(), 0)))));
        append(10);
        timers.pass(LINGER);

        List<String> caughtUp =
                heard.stream()
                        .filter(ServerMessage.Notification.class::isInstance)
                        .map(ServerMessage.Notification.class::cast)
                        .filter(n -> n.to().equals("items?id>0"))
                        .map(ServerMessage.Notification::id)
                        .toList();
        assertEquals(upTo(3), caughtUp);
    }

    @Test
    void shutdownWithinTheLinger_writesWhatWaitsFirst() {
        SyncHub hub = hub(LINGER);
        client(hub);
        append(10);
        append(10);

        hub.close();

        assertEquals(upTo(2), notified());
        assertInstanceOf(ServerMessage.Closing.class, heard.get(heard.size() - 1));
    }

    @Test
    void manyBytesWithinTheLinger_doNotWait() {
        client(hub(LINGER));
        append(10);

        append(70_000);

        assertEquals(upTo(2), notified());
    }

    @Test
    void withoutLinger_eachIsWrittenAtOnce() {
        client(hub(Duration.ZERO));

        append(10);
        append(10);

        assertEquals(upTo(2), notified());
    }

    @Test
    void lingerOutOfRange_isRefused() {
        Stream.of(Duration.ofMillis(-1), Duration.ofMillis(1001))
                .forEach(
                        linger ->
                                assertThrows(
                                        IllegalArgumentException.class,
                                        () -> Limits.builder().linger(linger)));
    }
}
