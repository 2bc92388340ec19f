package org.freelims.sync.server.socketio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.transport.CloseReason;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class EngineSessionTest {
    private static final EngineSettings SETTINGS =
            new EngineSettings(
                    Duration.ofMillis(300),
                    Duration.ofMillis(200),
                    1000,
                    100,
                    Duration.ofMillis(400),
                    Duration.ofMillis(100),
                    10,
                    10,
                    50);

    private long nowMs = 7_000;
    private final Outbound outbound = new Outbound(SETTINGS.answerCapBytes());
    private final EngineSession session =
            new EngineSession(SETTINGS, () -> nowMs, outbound, Runnable::run);
    private final List<String> heard = new ArrayList<>();

    @BeforeEach
    void listen() {
        session.listener(
                new EngineListener() {
                    @Override
                    public void onText(String text) {
                        if (text.startsWith("bad")) {
                            throw new SyncException(ErrorCode.MALFORMED, "bad");
                        }
                        heard.add(text);
                    }

                    @Override
                    public void onBinary(byte[] data) {
                        heard.add(Arrays.toString(data));
                    }

                    @Override
                    public void onClosed(CloseReason reason) {
                        heard.add("closed " + reason.code());
                    }
                });
    }

    @Test
    void packets_fasterThanTheRate_endTheSession() {
        for (int i = 0; i < 50; i++) {
            assertTrue(post("4a"));
        }
        nowMs += 100; // one more
        assertTrue(post("4a"));
        assertFalse(post("3"), "a pong is a packet too");
        assertEquals("closed 1008", heard.get(51));
    }

    @Nested
    class Polling {
        @Test
        void poll_withNothingToSend_waitsForSomething() {
            FakePoll poll = poll();
            assertFalse(poll.isAnswered());
            send("4a");
            assertEquals("4a", poll.answer);
        }

        @Test
        void poll_withManyPackets_isAnsweredWithAsManyAsPythonTakes() {
            for (int i = 0; i < 20; i++) {
                outbound.answer(List.of(WirePacket.text("4" + i)));
            }
            assertEquals(16, String.valueOf(poll().answer).split("\u001e").length);
            assertEquals("416\u001e417\u001e418\u001e419", poll().answer);
        }

        @Test
        void poll_withSeveralPackets_isAnsweredWithAllInOrder() {
            outbound.answer(
                    List.of(
                            WirePacket.text("4a"),
                            WirePacket.binary(new byte[] {1, 2, 3, 4}),
                            WirePacket.text("4c")));
            assertEquals("4a\u001ebAQIDBA==\u001e4c", poll().answer);
        }

        @Test
        void poll_whileAnotherWaits_endsTheFirstWithCloseAndTheSession() {
            FakePoll first = poll();
            FakePoll second = poll();
            assertEquals("1", first.answer);
            assertEquals(EngineError.BAD_REQUEST, second.refused);
            assertEquals(EngineError.UNKNOWN_SID, poll().refused);
            assertEquals(List.of("closed 1008"), heard);
        }

        @Test
        void posted_close_endsTheWaitingGetWithNoop() {
            FakePoll poll = poll();
            assertTrue(post("4a\u001e1\u001e4b"));
            assertEquals("6", poll.answer);
            assertEquals(List.of("a", "closed 1000"), heard);
            assertEquals(EngineError.UNKNOWN_SID, poll().refused);
        }

        @Test
        void posted_textAndBinary_areHeardInOrder() {
            assertTrue(post("4a\u001ebAQI=\u001e4b"));
            assertEquals(List.of("a", "[1, 2]", "b"), heard);
        }

        @Test
        void posted_whatTheLayerAboveRefuses_endsTheSession() {
            FakePoll poll = poll();
            assertFalse(post("4a\u001e4bad\u001e4b"));
            assertEquals("1", poll.answer);
            assertEquals(List.of("a", "closed 1007"), heard);
        }

        @Test
        void posted_ping_endsTheSession() {
            assertFalse(post("2"));
            assertEquals(List.of("closed 1007"), heard);
        }

        @Test
        void poll_whileAnAnswerIsBeingWritten_getsWhatFollowsOnlyAfterIt() {
            FakePoll slow = FakePoll.slow();
            session.poll(slow);
            send("4a");
            assertEquals("4a", slow.answer);
            FakePoll next = poll();
            send("4b");
            assertFalse(next.isAnswered());
            slow.write();
            assertEquals("4b", next.answer);
        }

        @Test
        void poll_whoseAnswerBreaksOff_endsTheSession() {
            FakePoll slow = FakePoll.slow();
            session.poll(slow);
            send("4a");
            slow.breakOff();
            assertEquals(List.of("closed 1006"), heard);
        }

        @Test
        void poll_thatBreaksOffWhileItWaits_endsTheSession() {
            FakePoll poll = poll();
            session.pollBroken(poll);
            assertEquals(List.of("closed 1006"), heard);
        }

        @Test
        void close_withPacketsLeft_sendsThemThenCloses() {
            send("4a");
            session.close(new CloseReason(CloseReason.GOING_AWAY, "bye"));
            assertEquals(List.of(), heard);
            assertEquals("4a", poll().answer);
            assertEquals("1", poll().answer);
            assertEquals(List.of("closed 1001"), heard);
        }

        @Test
        void close_andNobodyPolls_endsWithTheCloseTimeout() {
            session.close(new CloseReason(CloseReason.GOING_AWAY, "bye"));
            nowMs += 100;
            session.tick();
            assertEquals(List.of("closed 1001"), heard);
        }
    }

    @Nested
    class Liveness {
        @Test
        void tick_atThePingInterval_sendsOnePing() {
            FakePoll poll = poll();
            assertEquals(7_300, session.wakeAtMs());
            nowMs += 299;
            session.tick();
            assertFalse(poll.isAnswered());
            nowMs += 1;
            session.tick();
            session.tick();
            assertEquals("2", poll.answer);
            assertFalse(poll().isAnswered());
            assertEquals(7_500, session.wakeAtMs());
        }

        @Test
        void poll_atTheLastMillisecond_isServedAndAtTheNextIsNot() {
            nowMs += 499;
            assertNull(poll().refused);
            nowMs += 1;
            assertEquals(EngineError.UNKNOWN_SID, poll().refused);
            assertEquals(List.of("closed 1006"), heard);
        }

        @Test
        void posted_atTheDeadline_isRefusedAndNotHeard() {
            nowMs += 500;
            assertFalse(post("3\u001e4a"));
            assertEquals(List.of("closed 1006"), heard);
        }

        @Test
        void pong_givesAnotherInterval() {
            nowMs += 300;
            session.tick();
            nowMs += 199;
            assertTrue(post("3"));
            assertEquals(7_799, session.wakeAtMs());
            nowMs += 499;
            assertTrue(post("4a"));
            nowMs += 1;
            assertFalse(post("4b"));
        }

        @Test
        void messages_withoutPongs_doNotKeepASessionAlive() {
            for (int i = 0; i < 5; i++) {
                nowMs += 99;
                assertTrue(post("4a"));
            }
            nowMs += 5;
            assertFalse(post("4a"));
        }

        @Test
        void tick_afterThePingTimeout_sparesAWebSocketThatReadsWhatIsBeforeThePing() {
            FakeChannel socket = new FakeChannel();
            session.startOn(socket);
            nowMs += 300;
            session.tick();
            socket.pending = 1000;
            socket.written = 10;
            nowMs += 200;
            session.tick();
            assertFalse(socket.terminated);
            nowMs += 199;
            session.tick();
            assertFalse(socket.terminated);
            nowMs += 1;
            session.tick();
            assertTrue(socket.terminated);
        }

        @Test
        void tick_afterThePingTimeout_cutsAWebSocket() {
            FakeChannel socket = new FakeChannel();
            session.startOn(socket);
            nowMs += 500;
            session.tick();
            assertTrue(socket.terminated);
            assertEquals(List.of("closed 1006"), heard);
            assertEquals(Long.MAX_VALUE, session.wakeAtMs());
        }
    }

    @Nested
    class Socket {
        private final FakeChannel socket = new FakeChannel();

        @BeforeEach
        void start() {
            session.startOn(socket);
        }

        @Test
        void socketText_message_isHeardAndAnswered() {
            session.socketText(socket, "4a");
            session.socketBinary(socket, new byte[] {1});
            send("4b");
            assertEquals(List.of("a", "[1]"), heard);
            assertEquals(List.of("4b"), socket.sent);
        }

        @Test
        void socketText_thatDoesNotParse_closes() {
            session.socketText(socket, "abc");
            assertNotNull(socket.closed);
            assertEquals(1007, socket.closed.code());
            assertEquals(List.of("closed 1007"), heard);
        }

        @Test
        void socketText_close_closes() {
            session.socketText(socket, "1");
            assertNotNull(socket.closed);
            assertEquals(List.of("closed 1000"), heard);
        }

        @Test
        void poll_onAWebSocketSession_isRefused() {
            assertEquals(EngineError.UNKNOWN_SID, poll().refused);
            assertFalse(post("4a"));
            assertEquals(List.of(), heard);
        }

        @Test
        void socketOpened_another_isClosedAndTheFirstLivesOn() {
            FakeChannel second = new FakeChannel();
            session.socketOpened(second);
            assertNotNull(second.closed);
            session.socketText(second, "4x");
            session.socketClosed(second, new CloseReason(1000, ""));
            session.socketText(socket, "4a");
            assertEquals(List.of("a"), heard);
            assertNull(socket.closed);
        }
    }

    @Nested
    class Upgrade {
        private final FakeChannel socket = new FakeChannel();

        @Test
        void probe_endsTheWaitingGetAndLaterOnesWithNoop() {
            FakePoll waiting = poll();
            session.socketOpened(socket);
            assertFalse(waiting.isAnswered());
            session.socketText(socket, "2probe");
            assertEquals(List.of("3probe"), socket.sent);
            assertEquals("6", waiting.answer);
            assertEquals("6", poll().answer);
            assertTrue(post("4still posting"));
            session.socketText(socket, "5");
            assertEquals(EngineError.UNKNOWN_SID, poll().refused);
            send("4a");
            assertEquals(List.of("3probe", "4a"), socket.sent);
        }

        @Test
        void probeAndUpgrade_together_work() {
            session.socketOpened(socket);
            session.socketText(socket, "2probe");
            session.socketText(socket, "5");
            session.socketText(socket, "4a");
            assertEquals(List.of("a"), heard);
            assertEquals(EngineError.UNKNOWN_SID, poll().refused);
        }

        @Test
        void upgrade_whilePacketsWait_sendsThemOnceAndInOrder() {
            send("4a");
            session.socketOpened(socket);
            session.socketText(socket, "2probe");
            send("4b");
            assertEquals(List.of("3probe"), socket.sent);
            session.socketText(socket, "5");
            send("4c");
            assertEquals(List.of("3probe", "4a", "4b", "4c"), socket.sent);
        }

        @Test
        void upgrade_whileAGetIsBeingAnswered_doesNotOvertakeIt() {
            FakePoll slow = FakePoll.slow();
            session.poll(slow);
            send("4a");
            session.socketOpened(socket);
            session.socketText(socket, "2probe");
            session.socketText(socket, "5");
            send("4b");
            assertEquals(List.of("3probe"), socket.sent);
            slow.write();
            assertEquals(List.of("3probe", "4b"), socket.sent);
        }

        @Test
        void socketOpened_aSecondDuringTheUpgrade_isClosedAndTheFirstGoesOn() {
            FakeChannel second = new FakeChannel();
            session.socketOpened(socket);
            session.socketOpened(second);
            assertNotNull(second.closed);
            session.socketText(second, "2probe");
            assertEquals(List.of(), second.sent);
            session.socketText(socket, "2probe");
            session.socketText(socket, "5");
            session.socketText(socket, "4a");
            assertEquals(List.of("a"), heard);
        }

        @Test
        void socketText_withoutAProbe_closesTheSocketAndPollingGoesOn() {
            for (String text : List.of("5", "4a", "2", "abc", "")) {
                FakeChannel other = new FakeChannel();
                session.socketOpened(other);
                session.socketText(other, text);
                assertNotNull(other.closed);
            }
            session.socketOpened(socket);
            session.socketBinary(socket, new byte[] {1});
            assertNotNull(socket.closed);
            assertTrue(post("4a"));
            assertEquals(List.of("a"), heard);
        }

        @Test
        void socketClosed_beforeTheUpgrade_leavesTheSessionPolling() {
            session.socketOpened(socket);
            session.socketText(socket, "2probe");
            session.socketClosed(socket, new CloseReason(CloseReason.BROKEN, ""));
            FakePoll poll = poll();
            assertFalse(poll.isAnswered());
            send("4a");
            assertEquals("4a", poll.answer);
        }

        @Test
        void tick_whenTheUpgradeTakesTooLong_closesTheSocket() {
            session.socketOpened(socket);
            session.socketText(socket, "2probe");
            nowMs += 300;
            assertTrue(post("3"));
            assertEquals(7_400, session.wakeAtMs());
            nowMs += 100;
            session.tick();
            assertNotNull(socket.closed);
            assertFalse(poll().isAnswered());
        }
    }

    @Test
    void answer_overTheCap_isRefused() {
        List<WirePacket> big = List.of(WirePacket.text("4" + "x".repeat(1900)));
        assertTrue(outbound.answer(big));
        assertTrue(outbound.answer(big));
        assertFalse(outbound.answer(big));
    }

    private FakePoll poll() {
        FakePoll poll = new FakePoll();
        session.poll(poll);
        return poll;
    }

    private boolean post(String payload) {
        return session.takesPosts()
                && session.posted(
                        EngineCodec.decodePayload(
                                payload.getBytes(StandardCharsets.UTF_8), SETTINGS.maxPackets()));
    }

    private void send(String packet) {
        assertTrue(outbound.answer(List.of(WirePacket.text(packet))));
        session.flush();
    }
}
