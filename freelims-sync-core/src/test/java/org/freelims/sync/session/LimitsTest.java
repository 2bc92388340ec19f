package org.freelims.sync.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.Authenticator;
import org.freelims.sync.access.Principal;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.InMemoryConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LimitsTest {
    private final HubThreads threads = HubThreads.start();
    private final List<SyncHub> hubs = new ArrayList<>();

    private static final class Client implements InMemoryConnection.Receiver {
        final List<ServerMessage> heard = new CopyOnWriteArrayList<>();
        final List<CloseReason> closed = new CopyOnWriteArrayList<>();
        final InMemoryConnection connection;

        Client(SyncHub hub, HubThreads threads, String name) {
            this(hub, threads, name, Optional.of(Principal.of(name)));
        }

        Client(SyncHub hub, HubThreads threads, String name, Optional<Principal> principal) {
            connection =
                    InMemoryConnection.open(
                            name, 1 << 20, threads.blocking(), c -> hub.open(c, principal), this);
        }

        @Override
        public void onText(String text) {
            heard.add(MessageCodec.decodeServer(text).orElseThrow());
        }

        @Override
        public void onClosed(CloseReason reason) {
            closed.add(reason);
        }

        <T extends ServerMessage> long count(Class<T> type) {
            return heard.stream().filter(type::isInstance).count();
        }

        void ping(long id) {
            connection.send(MessageCodec.encode(new ClientMessage.Ping(id)));
        }

        /** Waits until the hub has answered. */
        void awaitPong() {
            long before = count(ServerMessage.Pong.class);
            ping(1);
            HubClient.await(() -> count(ServerMessage.Pong.class) > before);
        }

        /** Waits until the hub has answered, or closed. */
        void awaitPongOrClose() {
            ping(1);
            HubClient.await(() -> count(ServerMessage.Pong.class) > 0 || !closed.isEmpty());
        }

        void assertRateLimited() {
            HubClient.await(() -> !closed.isEmpty());
            assertEquals(CloseReason.POLICY, closed.get(0).code());
            assertEquals(
                    new ServerMessage.Closing(ErrorCode.RATE_LIMITED, true, 0),
                    heard.get(heard.size() - 1));
        }
    }

    private SyncHub hub(Limits limits) {
        return hub(limits, Authenticator.none());
    }

    private SyncHub hub(Limits limits, Authenticator authenticator) {
        SyncHub hub =
                SyncHub.builder()
                        .log(ChangeLog.inMemory(1000))
                        .authenticator(authenticator)
                        .threads(threads)
                        .limits(limits)
                        .build();
        hub.start();
        hubs.add(hub);
        return hub;
    }

    @AfterEach
    void stop() {
        hubs.forEach(SyncHub::close);
        threads.close();
    }

    @Test
    void messageRate_afterABurst_allowsSoManyASecond() {
        MessageRate rate = new MessageRate(10, 3, 0);
        assertEquals(3, allowed(rate, 0), "at once");
        assertFalse(rate.allows(50_000_000));
        assertTrue(rate.allows(100_000_000), "a tenth of a second gives one");
        assertFalse(rate.allows(100_000_000));
        long later = 60_000_000_000L;
        assertEquals(3, allowed(rate, later), "a pause gives no more than the burst");
    }

    private static int allowed(MessageRate rate, long nowNanos) {
        int count = 0;
        while (rate.allows(nowNanos)) {
            count++;
        }
        return count;
    }

    /** Tokens are as long as messages may be, and each waits for the one before. */
    @Test
    void messagesThatWaitForASignIn_areBoundedByTheirSizeAndByTheirNumber() {
        CompletableFuture<String> found = new CompletableFuture<>();
        SyncHub hub =
                hub(
                        Limits.builder().maxQueuedBytes(1 << 20).maxQueuedMessages(100).build(),
                        token -> Principal.of(found.join()));
        String token = "x".repeat(60_000);
        Client patient = new Client(hub, threads, "patient", Optional.empty());
        Client large = new Client(hub, threads, "large", Optional.empty());
        Client many = new Client(hub, threads, "many", Optional.empty());
        for (Client client : List.of(patient, large, many)) {
            client.connection.send(MessageCodec.encode(new ClientMessage.Authenticate(1, token)));
        }
        for (int i = 0; i < 15; i++) {
            patient.connection.send(MessageCodec.encode(new ClientMessage.Authenticate(2, token)));
        }
        for (int i = 0; i < 30; i++) {
            large.connection.send(MessageCodec.encode(new ClientMessage.Authenticate(2, token)));
        }
        for (int i = 0; i < 120; i++) {
            many.ping(i);
        }
        large.assertRateLimited();
        many.assertRateLimited();
        found.complete("user");
        patient.awaitPong();
        assertEquals(16, patient.count(ServerMessage.Authenticated.class));
        assertEquals(List.of(), patient.closed);
        for (int i = 0; i < 3; i++) { // and it may wait again
            patient.connection.send(MessageCodec.encode(new ClientMessage.Authenticate(3, token)));
            patient.awaitPong();
        }
        assertEquals(List.of(), patient.closed);
    }

    @Test
    void messages_fasterThanTheRate_closeTheConnectionAndNoOther() {
        SyncHub hub = hub(Limits.builder().messagesPerSecond(1).messagesAtOnce(20).build());
        Client quiet = new Client(hub, threads, "quiet");
        quiet.awaitPong();
        Client fast = new Client(hub, threads, "fast");
        for (int i = 0; i < 50; i++) {
            fast.ping(i);
        }
        fast.assertRateLimited();
        assertTrue(fast.count(ServerMessage.Pong.class) <= 20 + 5, "no more than it may");
        quiet.awaitPong();
        assertEquals(List.of(), quiet.closed);
    }

    @Test
    void aThousandSubscriptionsAtOnce_areWithinTheDefaults() {
        SyncHub hub = hub(Limits.defaults());
        Client client = new Client(hub, threads, "busy");
        for (int i = 0; i < 1000; i++) {
            client.connection.send(
                    MessageCodec.encode(
                            new ClientMessage.Subscribe(i, "items/" + i, StartFrom.now())));
        }
        HubClient.await(() -> client.count(ServerMessage.Subscribed.class) == 1000);
        assertEquals(List.of(), client.closed);
    }

    @Test
    void connectionsOfOneUser_overTheLimit_areClosedUntilAnotherGoes() {
        SyncHub hub = hub(Limits.builder().maxConnectionsPerUser(2).build());
        Client first = new Client(hub, threads, "user:1");
        Client second = new Client(hub, threads, "user:1");
        first.awaitPong();
        second.awaitPong();
        new Client(hub, threads, "user:1").assertRateLimited();
        new Client(hub, threads, "user:2").awaitPong();
        first.connection.disconnect(new CloseReason(CloseReason.NORMAL, ""));
        HubClient.await(
                () -> {
                    Client next = new Client(hub, threads, "user:1");
                    next.awaitPongOrClose();
                    return next.closed.isEmpty();
                });
        second.awaitPong();
    }
}
