package org.freelims.sync.client;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.Authenticator;
import org.freelims.sync.access.Principal;
import org.freelims.sync.access.ResourceCatalog;
import org.freelims.sync.client.transport.ClientTransport;
import org.freelims.sync.client.transport.ConnectFailedException;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.log.InMemoryChangeLog;
import org.freelims.sync.log.InMemoryChangeLog.Write;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.session.Limits;
import org.freelims.sync.transport.FaultyProxy;
import org.freelims.sync.transport.FaultyProxy.Direction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a client does over a real WebSocket, whatever its transport. */
abstract class SyncClientContract {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final InMemoryChangeLog log = ChangeLog.inMemory(1_000_000);
    private final HubThreads threads = HubThreads.start();
    private final List<ClientEvent> events = new CopyOnWriteArrayList<>();
    private final List<SyncClient> clients = new ArrayList<>();
    private SyncHub hub = hub();
    private HubServer server = new HubServer(hub, HubServer.ANY_PORT);
    private FaultyProxy proxy = FaultyProxy.to(server.port());

    /** Returns the transport under test. */
    protected abstract ClientTransport transport();

    @BeforeEach
    void start() {
        hub.start();
    }

    private SyncHub hub() {
        Authenticator tokens =
                token -> {
                    if (!token.startsWith("good")) {
                        throw Authenticator.badToken();
                    }
                    Optional<Instant> end =
                            token.startsWith("good-short")
                                    ? Optional.of(Instant.now().plusSeconds(2))
                                    : Optional.empty();
                    return new Principal("user:7", Set.of(), end);
                };
        return SyncHub.builder()
                .log(log)
                .snapshots(log)
                .catalog(ResourceCatalog.of("inventory", "samples"))
                .authenticator(tokens)
                .limits(Limits.builder().heartbeat(Duration.ofMillis(400)).build())
                .threads(threads)
                .build();
    }

    @AfterEach
    void stop() {
        clients.forEach(SyncClient::close);
        proxy.close();
        hub.close();
        server.close();
        threads.close();
    }

    private SyncClientBuilder builder() {
        return SyncClient.builder()
                .uri("ws://localhost:" + proxy.port())
                .transport(transport())
                .token("good")
                .backoff(new Backoff(Duration.ofMillis(20), Duration.ofMillis(500)))
                .listener(events::add);
    }

    private SyncClient client(SyncClientBuilder builder) {
        SyncClient client = builder.build();
        clients.add(client);
        return client;
    }

    private static void join(CompletableFuture<?> future) {
        future.orTimeout(SOON.toSeconds(), TimeUnit.SECONDS).join();
    }

    private void write(int changes) {
        for (int i = 0; i < changes; i++) {
            long n = log.head().offset() + 1;
            log.append(Write.create("inventory", Long.toString(n), "{\"id\":" + n + "}"));
        }
    }

    private static List<Long> offsets(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    private long count(Class<? extends ClientEvent> type) {
        return events.stream().filter(type::isInstance).count();
    }

    /** Writes down offsets; thread-safe to read. */
    private static class Offsets implements SyncHandler {
        final List<Long> seen = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void onNotification(ServerMessage.Notification n) {
            seen.add(n.position().offset());
        }

        void awaitAll(long first, long last) {
            await().atMost(SOON)
                    .until(() -> seen.size() >= last - first + 1 && seen.contains(last));
            assertEquals(offsets(first, last), List.copyOf(seen));
        }
    }

    @Test
    void subscribe_changesCommittedAfter_arriveOnceInOrder() {
        SyncClient client = client(builder());
        Offsets handler = new Offsets();
        Subscription subscription = client.subscribe("inventory", StartFrom.now(), handler);
        join(client.connect());
        join(subscription.ready());
        write(500);
        handler.awaitAll(1, 500);
        ClientEvent.Connected connected =
                events.stream()
                        .filter(ClientEvent.Connected.class::isInstance)
                        .map(ClientEvent.Connected.class::cast)
                        .findFirst()
                        .orElseThrow();
        assertEquals(Optional.of("user:7"), connected.principal());
    }

    @Test
    void rule4_snapshot_rowsThenTheChangesNotInThem() {
        write(450);
        SyncClient client = client(builder());
        AtomicInteger rows = new AtomicInteger();
        Offsets handler =
                new Offsets() {
                    @Override
                    public void onSnapshot(ServerMessage.SnapshotPage page) {
                        rows.addAndGet(page.rows().size());
                    }
                };
        Subscription subscription = client.subscribe("inventory", StartFrom.snapshot(), handler);
        join(client.connect());
        await().atMost(SOON).until(() -> subscription.state() == Subscription.State.LIVE);
        write(10);
        handler.awaitAll(451, 460);
        assertEquals(450, rows.get());
    }

    @Test
    void rule3_connectionCutManyTimes_nothingLostOrRepeated() {
        SyncClient client = client(builder());
        Offsets handler = new Offsets();
        Subscription subscription = client.subscribe("inventory", StartFrom.now(), handler);
        join(client.connect());
        join(subscription.ready());
        for (int i = 1; i <= 20; i++) {
            proxy.cutAfter(700L * i);
            write(50);
            long connected = proxy.accepted();
            write(50);
            await().atMost(SOON)
                    .until(() -> proxy.accepted() > connected || handler.seen.size() > 10);
        }
        proxy.cutAfter(Long.MAX_VALUE);
        handler.awaitAll(1, 2000);
        assertTrue(count(ClientEvent.Disconnected.class) >= 5, events::toString);
        assertEquals(0, count(ClientEvent.GapFound.class));
    }

    @Test
    void serverRestarted_clientComesBackAndMissesNothing() {
        SyncClient client = client(builder());
        Offsets handler = new Offsets();
        Subscription subscription = client.subscribe("inventory", StartFrom.now(), handler);
        join(client.connect());
        join(subscription.ready());
        write(10);
        int port = server.port();
        hub.close();
        await().atMost(SOON).until(() -> count(ClientEvent.Disconnected.class) > 0);
        ClientEvent.Disconnected event =
                events.stream()
                        .filter(ClientEvent.Disconnected.class::isInstance)
                        .map(ClientEvent.Disconnected.class::cast)
                        .findFirst()
                        .orElseThrow();
        assertEquals(Optional.of(ErrorCode.SHUTTING_DOWN), event.code());
        server.close();
        write(10);
        hub = hub();
        hub.start();
        server = new HubServer(hub, port);
        write(10);
        handler.awaitAll(1, 30);
    }

    @Test
    void deadConnection_isNoticedAndReplaced() {
        SyncClient client = client(builder());
        Offsets handler = new Offsets();
        Subscription subscription = client.subscribe("inventory", StartFrom.now(), handler);
        join(client.connect());
        join(subscription.ready());
        proxy.stall(Direction.TO_CLIENT);
        write(5);
        await().atMost(SOON).until(() -> count(ClientEvent.Disconnected.class) > 0);
        proxy.resume();
        handler.awaitAll(1, 5);
    }

    @Test
    void halfClosedByTheServer_isReplaced() {
        SyncClient client = client(builder());
        Offsets handler = new Offsets();
        Subscription subscription = client.subscribe("inventory", StartFrom.now(), handler);
        join(client.connect());
        join(subscription.ready());
        proxy.halfClose(Direction.TO_CLIENT);
        await().atMost(SOON).until(() -> count(ClientEvent.Connected.class) > 1);
        write(5);
        handler.awaitAll(1, 5);
    }

    @Test
    void rule8_slowHandler_stopsTheReadingAndLosesNothing() throws InterruptedException {
        SyncClient client = client(builder().pendingBytes(20_000));
        CountDownLatch held = new CountDownLatch(1);
        Offsets handler =
                new Offsets() {
                    @Override
                    public void onNotification(ServerMessage.Notification n) {
                        if (n.position().offset() == 1) {
                            awaitUninterruptibly(held);
                        }
                        super.onNotification(n);
                    }
                };
        Subscription subscription = client.subscribe("inventory", StartFrom.now(), handler);
        join(client.connect());
        join(subscription.ready());
        byte[] filler = new byte[1000];
        java.util.Arrays.fill(filler, (byte) 'x');
        String text = new String(filler, java.nio.charset.StandardCharsets.US_ASCII);
        for (int i = 1; i <= 20_000; i++) {
            log.append(Write.create("inventory", "" + i, "{\"text\":\"" + text + "\"}"));
        }
        // 20 MB are on their way: more than all buffers hold; the hub has to keep them in its log
        await().atMost(SOON).until(() -> hub.stats().catchingUp() > 0);
        await().during(Duration.ofSeconds(2)).until(() -> handler.seen.isEmpty());
        assertEquals(0, count(ClientEvent.Disconnected.class), events::toString);
        held.countDown();
        handler.awaitAll(1, 20_000);
    }

    @Test
    void rule8_streamThatRequestsLittle_hearsAllOnceWhileOthersGoOn() {
        SyncClient client = client(builder().pendingBytes(20_000));
        BurstReader stream = new BurstReader();
        Offsets others = new Offsets();
        client.notifications("samples", StartFrom.now()).subscribe(stream);
        Subscription inventory = client.subscribe("inventory", StartFrom.now(), others);
        client.connect().join();
        join(inventory.ready());
        List<String> wanted = new ArrayList<>();
        for (int i = 1; i <= 3_000; i++) {
            wanted.add(Integer.toString(i));
            log.append(Write.create("samples", wanted.get(i - 1), "{\"id\":" + i + "}"));
        }
        write(100);
        others.awaitAll(3_001, 3_100);

        assertEquals(List.of(), stream.told, "it has requested nothing so far");
        Random random = new Random(7);
        await().atMost(SOON)
                .until(
                        () -> {
                            stream.request(1 + random.nextInt(100));
                            return stream.told.size() >= wanted.size();
                        });
        assertEquals(wanted, stream.told);
        assertTrue(
                events.stream().noneMatch(event -> event instanceof ClientEvent.GapFound),
                events::toString);
    }

    /** Takes what it is told, and requests when the test does. */
    private static final class BurstReader implements Flow.Subscriber<ServerMessage.Notification> {
        final List<String> told = new CopyOnWriteArrayList<>();
        private volatile Flow.@Nullable Subscription stream;

        void request(long n) {
            Flow.Subscription now = stream;
            if (now != null) {
                now.request(n);
            }
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            stream = subscription;
        }

        @Override
        public void onNext(ServerMessage.Notification notification) {
            told.add(notification.id());
        }

        @Override
        public void onError(Throwable failure) {
            told.add(failure.toString());
        }

        @Override
        public void onComplete() {
            told.add("complete");
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void largeMessage_arrivesWhole() {
        String big = "ü".repeat(1 << 20);
        log.append(Write.create("inventory", "1", "{\"text\":\"" + big + "\"}"));
        SyncClient client = client(builder());
        CompletableFuture<String> data = new CompletableFuture<>();
        client.subscribe(
                "inventory",
                StartFrom.after(Position.of(log.head().epoch(), 0)),
                n -> data.complete(n.data()));
        join(client.connect());
        join(data);
        assertEquals("{\"text\":\"" + big + "\"}", data.join());
    }

    @Test
    void rule11_tokenThatEnds_isRenewedOnTheLiveConnection() {
        AtomicInteger asked = new AtomicInteger();
        SyncClient client = client(builder().token(() -> "good-short-" + asked.incrementAndGet()));
        Offsets handler = new Offsets();
        client.subscribe("inventory", StartFrom.now(), handler);
        join(client.connect());
        await().atMost(SOON).until(() -> asked.get() >= 4);
        assertEquals(0, count(ClientEvent.Disconnected.class), events::toString);
    }

    @Test
    void token_refused_endsTheClientWithAdvice() {
        SyncClient client = client(builder().token("bad"));
        var ended = new CompletableFuture<SyncException>();
        client.subscribe(
                "inventory",
                StartFrom.now(),
                new Offsets() {
                    @Override
                    public void onEnded(SyncException why) {
                        ended.complete(why);
                    }
                });
        CompletionException e =
                assertThrows(CompletionException.class, () -> join(client.connect()));
        ConnectFailedException failure =
                assertInstanceOf(ConnectFailedException.class, e.getCause());
        assertEquals(ConnectFailedException.Kind.UNAUTHENTICATED, failure.kind());
        assertEquals(ErrorCode.UNAUTHENTICATED, ended.join().code());
        await().until(() -> client.state() == SyncClient.State.ENDED);
    }

    @Test
    void rule10_forbidden_endsThatSubscription() {
        SyncClient client = client(builder());
        Subscription subscription = client.subscribe("users", StartFrom.now(), n -> {});
        join(client.connect());
        CompletionException e =
                assertThrows(CompletionException.class, () -> join(subscription.ready()));
        assertEquals(
                ErrorCode.FORBIDDEN, assertInstanceOf(SyncException.class, e.getCause()).code());
    }

    @Test
    void close_leavesNoConnection() {
        SyncClient client = client(builder());
        join(client.connect());
        assertEquals(1, proxy.connections());
        client.close();
        await().atMost(SOON).until(() -> proxy.connections() == 0);
        assertFalse(client.state() == SyncClient.State.CONNECTED);
    }
}
