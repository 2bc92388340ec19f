package org.freelims.sync.client;

import static org.freelims.sync.client.ScriptedServer.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.freelims.sync.client.transport.ConnectFailedException;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.transport.CloseReason;
import org.junit.jupiter.api.Test;

class ResumingClientTest {
    private static final Backoff BACKOFF =
            new Backoff(Duration.ofMillis(100), Duration.ofSeconds(10));

    private final VirtualTime time = new VirtualTime();
    private final ScriptedServer server = new ScriptedServer();
    private final List<ClientEvent> events = new ArrayList<>();
    private final Recorder handler = new Recorder();

    private SyncClientBuilder builder() {
        return SyncClient.builder()
                .uri("ws://lims.example")
                .transport(server)
                .backoff(BACKOFF)
                .executor(time)
                .scheduler(time.scheduler())
                .clock(time.clock())
                .random(new SplittableRandom(1))
                .listener(events::add);
    }

    private SyncClient connected(SyncClientBuilder builder) {
        SyncClient client = builder.build();
        var unused = client.connect();
        server.accept().welcome();
        time.settle();
        return client;
    }

    private <T extends ClientEvent> T event(Class<T> type) {
        time.settle();
        return events.stream()
                .filter(type::isInstance)
                .map(type::cast)
                .reduce((first, last) -> last)
                .orElseThrow(() -> new AssertionError("no " + type + " in " + events));
    }

    private long count(Class<? extends ClientEvent> type) {
        time.settle();
        return events.stream().filter(type::isInstance).count();
    }

    /** The connection breaks, and the client comes back. */
    private void reconnect() {
        server.close(CloseReason.BROKEN);
        comeBack();
    }

    private void comeBack() {
        assertTrue(time.passUntil(server::isAwaited, Duration.ofSeconds(30)), "no reconnect");
        server.accept().welcome();
        time.settle();
    }

    private List<String> told() {
        time.settle();
        List<String> copy = List.copyOf(handler.told);
        handler.told.clear();
        return copy;
    }

    // subscribing

    @Test
    void subscribe_beforeConnect_isAskedForOnceConnected() {
        SyncClient client = builder().build();
        Subscription subscription = client.subscribe("inventory", StartFrom.now(), handler);
        assertEquals(Subscription.State.WAITING, subscription.state());
        var unused = client.connect();
        server.accept().welcome();
        time.settle();

        ClientMessage.Subscribe asked = server.subscribed(100);
        assertEquals("inventory", asked.to());
        assertEquals(StartFrom.now(), asked.from());
        server.change("inventory", 101, 100).change("inventory", 103, 101);

        assertEquals(List.of("subscribed 100", "change 101", "change 103"), told());
        assertEquals(Subscription.State.LIVE, subscription.state());
        assertEquals(Optional.of(at(103)), subscription.position());
        assertEquals(at(100), subscription.ready().join());
    }

    @Test
    void subscribe_malformedExpression_failsAtOnce() {
        SyncClient client = builder().build();
        SyncException e =
                assertThrows(
                        SyncException.class,
                        () -> client.subscribe("inventory?", StartFrom.now(), handler));
        assertEquals(ErrorCode.BAD_EXPRESSION, e.code());
    }

    @Test
    void subscribe_sameThingInAnotherSpelling_isRefusedUntilTheFirstIsClosed() {
        SyncClient client = connected(builder());
        Subscription first = client.subscribe("inventory?b=1&a=2", StartFrom.now(), handler);
        assertThrows(
                IllegalStateException.class,
                () -> client.subscribe("inventory?a=2&b=1", StartFrom.now(), handler));
        first.close();
        client.subscribe("inventory?a=2&b=1", StartFrom.now(), handler);
    }

    @Test
    void subscribe_manyAtOnce_areAskedForInAWindow() {
        SyncClient client = connected(builder());
        for (int i = 0; i < 40; i++) {
            client.subscribe("inventory/" + i, StartFrom.now(), handler);
        }
        for (int i = 0; i < 32; i++) {
            assertEquals("inventory/" + i, server.hear(ClientMessage.Subscribe.class).to());
        }
        assertTrue(server.hearsNothing());
        server.say(new ServerMessage.Subscribed(1, "inventory/0", at(100)));
        time.settle();
        assertEquals("inventory/32", server.hear(ClientMessage.Subscribe.class).to());
    }

    @Test
    void forbidden_endsThatSubscriptionOnly() {
        SyncClient client = connected(builder());
        Subscription secret = client.subscribe("secret", StartFrom.now(), handler);
        Subscription other = client.subscribe("inventory", StartFrom.now(), new Recorder());
        long id = server.hear(ClientMessage.Subscribe.class).id();
        server.say(new ServerMessage.Failed(id, ErrorCode.FORBIDDEN, "No such resource."));
        server.subscribed(100);

        assertEquals(List.of("ended FORBIDDEN"), told());
        assertEquals(Subscription.State.ENDED, secret.state());
        assertEquals("No such resource.", secret.failure().orElseThrow().getMessage());
        assertTrue(secret.ready().isCompletedExceptionally());
        assertEquals(Subscription.State.LIVE, other.state());

        reconnect();
        assertEquals("inventory", server.hear(ClientMessage.Subscribe.class).to());
        assertTrue(server.hearsNothing());
    }

    @Test
    void subscribe_serverCantNow_isTriedAgain() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.now(), handler);
        long id = server.hear(ClientMessage.Subscribe.class).id();
        server.say(new ServerMessage.Failed(id, ErrorCode.UNAVAILABLE, "The database is away."));
        time.settle();
        assertTrue(server.hearsNothing());
        time.pass(Duration.ofMillis(100));
        server.subscribed(100);
        assertEquals(List.of("subscribed 100"), told());
    }

    @Test
    void unsubscribed_byTheServerForAPassingReason_isAskedForAgain() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.now(), handler);
        server.subscribed(100);
        server.say(new ServerMessage.Failed(-1, ErrorCode.UNAVAILABLE, "The log is away."));
        server.say(new ServerMessage.Unsubscribed(-1, "inventory"));
        time.pass(Duration.ofMillis(100));
        assertEquals(StartFrom.after(at(100)), server.hear(ClientMessage.Subscribe.class).from());
    }

    @Test
    void unsubscribed_byTheServerForGood_endsTheSubscription() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.now(), handler);
        server.subscribed(100);
        server.say(new ServerMessage.Failed(-1, ErrorCode.FORBIDDEN, "No longer."));
        server.say(new ServerMessage.Unsubscribed(-1, "inventory"));
        assertEquals(List.of("subscribed 100", "ended FORBIDDEN"), told());
    }

    @Test
    void close_ofASubscription_tellsTheServerAndNothingFollows() {
        SyncClient client = connected(builder());
        Subscription subscription = client.subscribe("inventory", StartFrom.now(), handler);
        server.subscribed(100);
        told();
        server.change("inventory", 101, 100);
        subscription.close();
        server.change("inventory", 102, 101);
        assertEquals(List.of(), told());
        assertEquals("inventory", server.hear(ClientMessage.Unsubscribe.class).to());
    }

    @Test
    void resubscribe_whatTheFirstStillHadOnTheWay_isDropped() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.now(), new Recorder()).close();
        ClientMessage.Subscribe first = server.hear(ClientMessage.Subscribe.class);
        server.hear(ClientMessage.Unsubscribe.class);
        client.subscribe("inventory", StartFrom.now(), handler);
        server.say(new ServerMessage.Subscribed(first.id(), "inventory", at(100)));
        server.change("inventory", 101, 100);
        server.subscribed(101);
        server.change("inventory", 102, 101);
        assertEquals(List.of("subscribed 101", "change 102"), told());
    }

    // resuming

    @Test
    void rule3_reconnect_resumesEachSubscriptionFromItsOwnPosition() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.now(), handler);
        client.subscribe("samples", StartFrom.now(), new Recorder());
        server.subscribed(100);
        server.subscribed(100);
        server.change("inventory", 105, 100);
        reconnect();
        assertEquals(StartFrom.after(at(105)), server.hear(ClientMessage.Subscribe.class).from());
        assertEquals(StartFrom.after(at(100)), server.hear(ClientMessage.Subscribe.class).from());
        assertEquals(1, count(ClientEvent.Disconnected.class));
    }

    @Test
    void rule3_repetitions_areNotDelivered() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.now(), handler);
        server.subscribed(100);
        server.change("inventory", 101, 100).change("inventory", 101, 100);
        server.change("inventory", 100, 99).change("inventory", 102, 101);
        assertEquals(List.of("subscribed 100", "change 101", "change 102"), told());
    }

    @Test
    void rule6_reconnectAfterHeartbeat_resumesFromTheHeartbeat() {
        SyncClient client = connected(builder());
        Subscription subscription = client.subscribe("inventory", StartFrom.now(), handler);
        server.subscribed(100);
        server.say(new ServerMessage.Heartbeat(at(150)));
        assertEquals(List.of("subscribed 100", "complete 150"), told());
        assertEquals(Optional.of(at(150)), subscription.position());
        reconnect();
        assertEquals(StartFrom.after(at(150)), server.hear(ClientMessage.Subscribe.class).from());
    }

    @Test
    void rule6_heartbeat_doesNotConcernWhatIsNotSubscribedYet() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.after(at(50)), handler);
        server.say(new ServerMessage.Heartbeat(at(150)));
        assertEquals(StartFrom.after(at(50)), server.subscribed(50).from());
        server.change("inventory", 60, 50);
        assertEquals(List.of("subscribed 50", "change 60"), told());
    }

    @Test
    void rule6_brokenByTheServer_changeIsDeliveredAllTheSame() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.now(), handler);
        server.subscribed(100);
        server.say(new ServerMessage.Heartbeat(at(150)));
        server.change("inventory", 120, 100);
        assertEquals(List.of("subscribed 100", "complete 150", "change 120"), told());
        event(ClientEvent.RuleBroken.class);
    }

    @Test
    void rule5_gap_resumesFromTheKnownPositionAndIsReported() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.now(), handler);
        server.subscribed(100);
        server.change("inventory", 101, 100).change("inventory", 109, 105);
        assertEquals(List.of("subscribed 100", "change 101"), told());
        ClientEvent.GapFound gap = event(ClientEvent.GapFound.class);
        assertEquals(at(101), gap.known());
        assertEquals(at(105), gap.prev());

        server.hear(ClientMessage.Unsubscribe.class);
        server.change("inventory", 110, 109); // still of the first
        assertEquals(StartFrom.after(at(101)), server.subscribed(101).from());
        server.change("inventory", 105, 101).change("inventory", 109, 105);
        assertEquals(List.of("subscribed 101", "change 105", "change 109"), told());
    }

    @Test
    void rule5_sameGapAgain_startsOverWithAnotherConnection() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.now(), handler);
        server.subscribed(100);
        server.change("inventory", 109, 105);
        server.hear(ClientMessage.Unsubscribe.class);
        server.subscribed(100);
        ScriptedServer.Line line = server.line();
        server.change("inventory", 109, 105);
        assertTrue(line.aborted);
        comeBack();
        assertEquals(StartFrom.after(at(100)), server.hear(ClientMessage.Subscribe.class).from());
    }

    @Test
    void rule4_snapshotInterrupted_startsAgain() {
        SyncClient client = connected(builder());
        Subscription subscription = client.subscribe("inventory", StartFrom.snapshot(), handler);
        assertEquals(StartFrom.snapshot(), server.subscribed(100).from());
        server.say(page(at(100), false));
        assertEquals(List.of("subscribed 100", "rows 1"), told());
        assertEquals(Subscription.State.SNAPSHOT, subscription.state());
        assertEquals(Optional.empty(), subscription.position());
        reconnect();
        assertEquals(StartFrom.snapshot(), server.subscribed(120).from());
        server.say(page(at(120), false)).say(page(at(120), true));
        server.change("inventory", 121, 120);
        assertEquals(
                List.of(
                        "resync SNAPSHOT_RESTARTED",
                        "subscribed 120",
                        "rows 1",
                        "rows 1 last",
                        "change 121"),
                told());
        assertEquals(Subscription.State.LIVE, subscription.state());
        reconnect();
        assertEquals(StartFrom.after(at(121)), server.hear(ClientMessage.Subscribe.class).from());
    }

    @Test
    void rule4_snapshotInterrupted_goesOnBehindTheLastPageThatCame() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.snapshot(), handler);
        server.subscribed(100);
        server.say(page(at(100), "one")).say(page(at(100), "two"));
        reconnect();
        ClientMessage.Subscribe again = server.hear(ClientMessage.Subscribe.class);
        assertEquals(StartFrom.snapshotBehind("two"), again.from());
        server.say(
                new ServerMessage.Subscribed(again.id(), "inventory", at(100), Optional.of("two")));
        server.say(page(at(100), true)).change("inventory", 121, 100);
        assertEquals(
                List.of(
                        "subscribed 100",
                        "rows 1",
                        "rows 1",
                        "subscribed 100",
                        "rows 1 last",
                        "change 121"),
                told());
    }

    @Test
    void rule4_snapshotInterrupted_serverBeginsAnew_isTold() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.snapshot(), handler);
        server.subscribed(100);
        server.say(page(at(100), "one"));
        reconnect();
        // at the same position even: nothing was written
        assertEquals(StartFrom.snapshotBehind("one"), server.subscribed(100).from());
        server.say(page(at(100), false));
        reconnect();
        assertEquals(StartFrom.snapshot(), server.subscribed(100).from());
        server.say(page(at(100), true));
        assertEquals(
                List.of(
                        "subscribed 100",
                        "rows 1",
                        "resync SNAPSHOT_RESTARTED",
                        "subscribed 100",
                        "rows 1",
                        "resync SNAPSHOT_RESTARTED",
                        "subscribed 100",
                        "rows 1 last"),
                told());
    }

    private static ServerMessage.SnapshotPage page(Position position, String next) {
        return new ServerMessage.SnapshotPage(
                "inventory", "inventory", List.of("{\"n\":1}"), false, position, Optional.of(next));
    }

    @Test
    void rule4_heartbeatDuringSnapshot_isNoReasonToResumeBehindIt() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.snapshot(), handler);
        server.subscribed(100);
        server.say(page(at(100), false)).say(new ServerMessage.Heartbeat(at(130)));
        server.say(page(at(100), true)).change("inventory", 110, 100);
        assertEquals(List.of("subscribed 100", "rows 1", "rows 1 last", "change 110"), told());
    }

    private static ServerMessage.SnapshotPage page(Position position, boolean last) {
        return new ServerMessage.SnapshotPage(
                "inventory", "inventory", List.of("{\"n\":1}"), last, position);
    }

    @Test
    void rule7_positionLost_isToldAndASnapshotFollows() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.after(at(7)), handler);
        ClientMessage.Subscribe asked = server.hear(ClientMessage.Subscribe.class);
        server.say(lost(asked.id()));
        assertEquals(List.of("resync POSITION_LOST"), told());
        assertEquals(StartFrom.snapshot(), server.subscribed(100).from());
    }

    @Test
    void rule7_positionLostOfOneStartedFromNow_goesOnFromNow() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.now(), handler);
        server.subscribed(100);
        server.say(lost(-1));
        assertEquals(List.of("subscribed 100", "resync POSITION_LOST"), told());
        assertEquals(StartFrom.now(), server.hear(ClientMessage.Subscribe.class).from());
    }

    @Test
    void rule7_positionLostWithStop_endsTheSubscription() {
        SyncClient client = connected(builder());
        client.subscribe(
                "inventory",
                StartFrom.after(at(7)),
                SubscriptionOptions.DEFAULT.withAfterPositionLost(
                        SubscriptionOptions.AfterPositionLost.STOP),
                handler);
        server.say(lost(server.hear(ClientMessage.Subscribe.class).id()));
        assertEquals(List.of("resync POSITION_LOST", "ended POSITION_LOST"), told());
        assertTrue(server.hearsNothing());
    }

    private static ServerMessage.Resync lost(long id) {
        return new ServerMessage.Resync(
                id,
                "inventory",
                ErrorCode.POSITION_LOST,
                Optional.empty(),
                Optional.of(Position.of("e2", 1)),
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void truncated_isToldInItsPlaceAndCountsAsAChange() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.now(), handler);
        server.subscribed(100);
        server.say(truncated(101, 100)).say(truncated(101, 100)).change("inventory", 102, 101);
        assertEquals(List.of("subscribed 100", "resync TRUNCATED inventory", "change 102"), told());
        server.say(truncated(110, 105));
        event(ClientEvent.GapFound.class);
    }

    private static ServerMessage.Resync truncated(long offset, long prev) {
        return new ServerMessage.Resync(
                -1,
                "inventory",
                ErrorCode.TRUNCATED,
                Optional.of("inventory"),
                Optional.empty(),
                Optional.of(at(offset)),
                Optional.of(at(prev)));
    }

    @Test
    void rule9_left_isToldInItsPlaceAndCountsAsAChange() {
        SyncClient client = connected(builder());
        client.subscribe("inventory?n<5", StartFrom.now(), handler);
        server.subscribed(100);
        server.say(
                new ServerMessage.Left(
                        "inventory?n<5",
                        "inventory",
                        "3",
                        Optional.of(at(101)),
                        Optional.of(at(100)),
                        Optional.of("t"),
                        false));
        assertEquals(List.of("subscribed 100", "left 3"), told());
        reconnect();
        assertEquals(StartFrom.after(at(101)), server.hear(ClientMessage.Subscribe.class).from());
    }

    // staying connected

    @Test
    void backoff_growsAndIsJittered() {
        SyncClient client = builder().build();
        var unused = client.connect();
        List<Duration> delays = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            server.refuse(ConnectFailedException.Kind.REFUSED);
            delays.add(event(ClientEvent.ConnectFailed.class).retryIn());
            assertEquals(SyncClient.State.WAITING, client.state());
            assertTrue(time.passUntil(server::isAwaited, Duration.ofSeconds(10)));
        }
        for (int i = 0; i < delays.size(); i++) {
            long span = Math.min(10_000, 100L << i);
            long millis = delays.get(i).toMillis();
            assertTrue(millis >= span / 2 && millis <= span, "delay " + i + ": " + delays);
        }
        assertTrue(delays.stream().distinct().count() > 8, "no jitter: " + delays);
    }

    @Test
    void rule13_closing_waitsAsLongAsTheServerSays() {
        connected(builder());
        server.say(new ServerMessage.Closing(ErrorCode.SHUTTING_DOWN, true, 1234));
        server.close(CloseReason.GOING_AWAY);
        ClientEvent.Disconnected event = event(ClientEvent.Disconnected.class);
        assertEquals(Duration.ofMillis(1234), event.retryIn());
        assertEquals(Optional.of(ErrorCode.SHUTTING_DOWN), event.code());
        time.pass(Duration.ofMillis(1233));
        assertFalse(server.isAwaited());
        time.pass(Duration.ofMillis(1));
        assertTrue(server.isAwaited());
    }

    @Test
    void closing_withoutReconnect_endsTheClient() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.now(), handler);
        server.say(new ServerMessage.Closing(ErrorCode.REVOKED, false, 0));
        server.close(CloseReason.POLICY);
        assertEquals(List.of("ended REVOKED"), told());
        assertEquals(SyncClient.State.ENDED, client.state());
        time.pass(Duration.ofMinutes(5));
        assertFalse(server.isAwaited());
        assertThrows(
                IllegalStateException.class,
                () -> client.subscribe("samples", StartFrom.now(), handler));
    }

    @Test
    void connect_whatWaitingCantCure_failsWithItsKind() {
        SyncClient client = builder().build();
        CompletableFuture<Void> connected = client.connect();
        server.refuse(ConnectFailedException.Kind.WRONG_PATH);
        time.settle();
        CompletionException e = assertThrows(CompletionException.class, connected::join);
        assertEquals(
                ConnectFailedException.Kind.WRONG_PATH,
                assertInstanceOf(ConnectFailedException.class, e.getCause()).kind());
        assertEquals(SyncClient.State.ENDED, client.state());
    }

    @Test
    void connect_wrongPathAfterItWorkedOnce_isTriedAgain() {
        connected(builder());
        server.close(CloseReason.BROKEN);
        assertTrue(time.passUntil(server::isAwaited, Duration.ofSeconds(1)));
        server.refuse(ConnectFailedException.Kind.WRONG_PATH);
        comeBack();
        assertEquals(2, count(ClientEvent.Connected.class));
    }

    @Test
    void connect_somethingElseAnswers_failsAsNotSync() {
        SyncClient client = builder().build();
        CompletableFuture<Void> connected = client.connect();
        server.accept().sayText("hello");
        time.settle();
        CompletionException e = assertThrows(CompletionException.class, connected::join);
        assertEquals(
                ConnectFailedException.Kind.NOT_SYNC,
                assertInstanceOf(ConnectFailedException.class, e.getCause()).kind());
    }

    @Test
    void connect_noWelcome_isGivenUpAndTriedAgain() {
        var unused = builder().connectTimeout(Duration.ofSeconds(3)).build().connect();
        server.accept();
        ScriptedServer.Line line = server.line();
        time.pass(Duration.ofSeconds(3));
        assertTrue(line.aborted);
        assertEquals(
                ConnectFailedException.Kind.TIMEOUT,
                event(ClientEvent.ConnectFailed.class).failure().kind());
        comeBack();
        event(ClientEvent.Connected.class);
    }

    @Test
    void silence_isAnsweredWithAPingThenWithAnotherConnection() {
        connected(builder());
        ScriptedServer.Line line = server.line();
        time.pass(Duration.ofSeconds(23));
        server.say(new ServerMessage.Pong(server.hear(ClientMessage.Ping.class).id()));
        time.pass(Duration.ofSeconds(30));
        assertFalse(line.aborted, "a pong is a sign of life");
        time.pass(Duration.ofSeconds(8));
        assertTrue(line.aborted);
        comeBack();
    }

    @Test
    void close_saysGoodbyeAndNothingFollows() {
        SyncClient client = connected(builder());
        client.subscribe("inventory", StartFrom.now(), handler);
        server.subscribed(100);
        told();
        ScriptedServer.Line line = server.line();
        server.change("inventory", 101, 100);
        client.close();
        client.close();
        assertEquals(List.of(), told());
        assertEquals(CloseReason.NORMAL, java.util.Objects.requireNonNull(line.closed).code());
        time.pass(Duration.ofMinutes(5));
        assertTrue(line.aborted);
        assertFalse(server.isAwaited());
        assertEquals(SyncClient.State.ENDED, client.state());
    }

    @Test
    void close_beforeConnected_cancelsConnect() {
        SyncClient client = builder().build();
        CompletableFuture<Void> connected = client.connect();
        client.close();
        time.settle();
        CompletionException e = assertThrows(CompletionException.class, connected::join);
        assertInstanceOf(CancellationException.class, e.getCause());
        assertFalse(server.isAwaited());
    }
}
