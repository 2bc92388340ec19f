package org.freelims.sync.transport;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Connection} must do; a transport's test extends it and says how to open one.
 */
public abstract class ConnectionContract {
    private static final long CAP_BYTES = 64 << 10;

    /** Far more than a socket and its peer hold for a client that does not read, in bytes. */
    private static final int ENOUGH_TO_FILL_BYTES = 64 << 20;

    /** Both ends of one connection. */
    public interface Ends extends AutoCloseable {
        /** The server's end, which is tested. */
        Connection connection();

        /** What the server's end told. */
        RecordingListener told();

        /** Sends a text as the client. */
        void send(String text);

        /** Returns the texts that the client has received so far. */
        List<String> received();

        /** The client reads nothing more until {@link #resume}. */
        void pause();

        void resume();

        /** The client closes with a code. */
        void leave(int code);

        /** The client is gone without a word. */
        void vanish();

        /** Returns the code that the connection was closed with, as the client heard it. */
        OptionalInt closeCode();

        @Override
        void close();
    }

    private Ends ends;

    /** Opens a connection whose outbox has this cap. */
    protected abstract Ends open(long capBytes);

    @BeforeEach
    void openEnds() {
        ends = open(CAP_BYTES);
    }

    @AfterEach
    void closeEnds() {
        ends.close();
    }

    private static Frame shared(String payload) {
        return Frame.shared(
                Frame.Kind.NOTIFICATION,
                "stream",
                "inventory",
                Position.of("e1", 2),
                Position.of("e1", 1),
                payload.getBytes(StandardCharsets.UTF_8));
    }

    private static Frame numbered(int number) {
        return shared("{\"n\":" + number + "}");
    }

    private static Frame big(int number) {
        return shared(number + ":" + "x".repeat(16 << 10));
    }

    private static int numberOf(Frame frame) {
        String payload = new String(frame.payload(), StandardCharsets.UTF_8);
        return Integer.parseInt(payload.substring(0, payload.indexOf(':')));
    }

    private Connection connection() {
        return ends.connection();
    }

    /** Offers and flushes big frames until one is refused; returns how many were taken. */
    private int fill() {
        for (int n = 0; n < ENOUGH_TO_FILL_BYTES / (16 << 10); n++) {
            if (!connection().offer(big(n))) {
                return n;
            }
            connection().flush();
        }
        throw new AssertionError("the connection takes whatever it is offered");
    }

    @Test
    void frames_offered_arriveWholeAndInOrder() {
        List<String> sent = new ArrayList<>();
        for (int n = 0; n < 1000; n++) {
            assertTrue(connection().offer(numbered(n)));
            sent.add("{\"n\":" + n + "}");
            if (n % 7 == 0) {
                connection().flush();
            }
        }
        connection().flush();
        await().untilAsserted(() -> assertEquals(sent, ends.received()));
        await().until(() -> connection().pendingBytes() == 0);
        assertTrue(connection().writtenBytes() >= sent.stream().mapToLong(String::length).sum());
    }

    @Test
    void frames_ofEverySize_arriveWhole() {
        List<String> sent = new ArrayList<>();
        for (int size : new int[] {1, 125, 126, 127, 65_535, 65_536, 65_537, 300_000}) {
            sent.add("ä€".repeat(size / 5) + "x".repeat(size % 5));
        }
        for (String payload : sent) {
            // one at a time: alone in the queue, a frame is taken however big it is
            assertTrue(connection().offer(shared(payload)));
            connection().flush();
            await().until(() -> connection().pendingBytes() == 0);
        }
        await().untilAsserted(() -> assertEquals(sent, ends.received()));
    }

    @Test
    void frames_fromManyThreads_arriveInEachThreadsOrder() throws InterruptedException {
        int threads = 4;
        int each = 500;
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int thread = t;
            Thread offering =
                    new Thread(
                            () -> {
                                awaitUninterruptibly(go);
                                for (int n = 0; n < each; n++) {
                                    connection()
                                            .offer(
                                                    Frame.answer(
                                                            new ServerMessage.Pong(
                                                                    thread * 1000L + n)));
                                    connection().flush();
                                }
                            });
            offering.start();
            all.add(offering);
        }
        go.countDown();
        for (Thread thread : all) {
            thread.join();
        }
        await().until(() -> ends.received().size() == threads * each);
        for (int t = 0; t < threads; t++) {
            int thread = t;
            List<Integer> ids =
                    ends.received().stream()
                            .map(text -> Integer.parseInt(text.replaceAll("\\D", "")))
                            .filter(id -> id / 1000 == thread)
                            .toList();
            assertEquals(
                    IntStream.range(0, each).map(n -> thread * 1000 + n).boxed().toList(), ids);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void offer_overTheCap_refusesWhatIsDroppableAndTakesAnswers() {
        ends.pause();
        int taken = fill();
        assertTrue(connection().pendingBytes() <= CAP_BYTES, "the cap holds");
        assertTrue(connection().offer(Frame.answer(new ServerMessage.Pong(7))));
        connection().flush();
        ends.resume();
        await().atMost(Duration.ofSeconds(30)).until(() -> ends.received().size() == taken + 1);
        assertEquals("{\"type\":\"pong\",\"id\":7}", ends.received().get(taken));
    }

    @Test
    void dropPending_givesBackWhatIsNotWritten_andTheRestArrives() {
        ends.pause();
        int taken = fill();
        connection().offer(Frame.answer(new ServerMessage.Pong(7)));
        List<Integer> dropped =
                connection().dropPending().stream().map(ConnectionContract::numberOf).toList();
        int first = taken - dropped.size();
        assertTrue(!dropped.isEmpty(), "something was not written");
        assertEquals(IntStream.range(first, taken).boxed().toList(), dropped);
        connection().flush();
        ends.resume();
        await().atMost(Duration.ofSeconds(30)).until(() -> ends.received().size() == first + 1);
        for (int n = 0; n < first; n++) {
            assertTrue(ends.received().get(n).startsWith(n + ":"), "frame " + n + " arrived once");
        }
        assertEquals("{\"type\":\"pong\",\"id\":7}", ends.received().get(first));
    }

    @Test
    void requestDrained_onceTheClientReads_isToldOnce() {
        ends.pause();
        fill();
        connection().requestDrained(1000);
        assertEquals(0, ends.told().drained(), "it is full");
        ends.resume();
        await().until(() -> ends.told().drained() == 1);
        assertTrue(connection().pendingBytes() <= 1000);
        connection().offer(numbered(1));
        connection().flush();
        await().until(() -> connection().pendingBytes() == 0);
        assertEquals(1, ends.told().drained(), "told once for one request");
    }

    @Test
    void requestDrained_whenNothingIsPending_isToldAtOnce() {
        connection().requestDrained(0);
        await().until(() -> ends.told().drained() == 1);
    }

    @Test
    void writtenBytes_whileTheClientReads_rise() {
        ends.pause();
        fill();
        long before = connection().writtenBytes();
        ends.resume();
        await().until(() -> connection().writtenBytes() > before);
    }

    @Test
    void close_afterOffers_writesThemFirst() {
        for (int n = 0; n < 100; n++) {
            connection().offer(numbered(n));
        }
        connection().close(new CloseReason(CloseReason.GOING_AWAY, "done"));
        await().until(() -> ends.closeCode().equals(OptionalInt.of(CloseReason.GOING_AWAY)));
        assertEquals(100, ends.received().size());
        await().until(() -> !ends.told().closed().isEmpty());
        assertEquals(CloseReason.GOING_AWAY, ends.told().closed().get(0).code());
        assertEquals(1, ends.told().closed().size());
    }

    @Test
    void close_aClientThatDoesNotRead_endsAllTheSame() {
        ends.pause();
        fill();
        connection().close(new CloseReason(CloseReason.GOING_AWAY, "done"));
        await().atMost(Duration.ofSeconds(20)).until(() -> !ends.told().closed().isEmpty());
        assertEquals(1, ends.told().closed().size());
    }

    @Test
    void texts_ofTheClient_areToldInOrder() {
        List<String> sent = IntStream.range(0, 500).mapToObj(n -> "ä" + n).toList();
        sent.forEach(ends::send);
        await().untilAsserted(() -> assertEquals(sent, ends.told().texts()));
    }

    @Test
    void clientCloses_isToldOnceWithTheCode_andOffersAreForgotten() {
        ends.leave(4001);
        await().until(() -> !ends.told().closed().isEmpty());
        assertEquals(4001, ends.told().closed().get(0).code());
        assertTrue(connection().offer(numbered(1)), "taken and forgotten");
        connection().flush();
        assertEquals(0, connection().pendingBytes());
        connection().close(new CloseReason(CloseReason.NORMAL, "again"));
        connection().terminate();
        assertEquals(1, ends.told().closed().size());
    }

    @Test
    void clientVanishes_isToldAsBroken() {
        ends.vanish();
        await().until(() -> !ends.told().closed().isEmpty());
        assertEquals(CloseReason.BROKEN, ends.told().closed().get(0).code());
    }

    @Test
    void terminate_aClientThatDoesNotRead_endsAndFreesWhatWasQueued() {
        ends.pause();
        fill();
        connection().terminate();
        connection().terminate();
        await().until(() -> !ends.told().closed().isEmpty());
        assertEquals(CloseReason.BROKEN, ends.told().closed().get(0).code());
        assertEquals(List.of(), connection().dropPending());
        assertEquals(1, ends.told().closed().size());
    }
}
