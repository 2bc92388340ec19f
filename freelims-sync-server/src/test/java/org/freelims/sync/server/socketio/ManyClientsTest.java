package org.freelims.sync.server.socketio;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A smaller {@link SocketIoLoad}. */
class ManyClientsTest {
    private static final int EACH = 150;
    private static final Duration LONG = Duration.ofSeconds(30);

    @Test
    void pollingAndWebSocketClients_allHearEveryChangeOnce() throws InterruptedException {
        try (SyncFixture fixture = SyncFixture.start()) {
            ManyClients clients = new ManyClients(fixture.port());
            for (int i = 0; i < EACH; i++) {
                clients.poll();
                clients.socket();
            }
            await().atMost(LONG).until(() -> clients.subscribed() == 2 * EACH);
            for (int i = 0; i < 20; i++) {
                fixture.change("n" + i);
            }
            await().atMost(LONG).until(() -> clients.heard() >= 20 * 2 * EACH);
            assertEquals(20 * 2 * EACH, clients.heard());
            assertEquals(0, clients.failed());
            assertEquals(2 * EACH, fixture.endpoint.sessions());
        }
    }

    @Test
    void clientsThatPollNoMore_areGoneWithinThePingTimeout() {
        Duration interval = Duration.ofSeconds(1);
        Duration timeout = Duration.ofMillis(500);
        try (SyncFixture fixture =
                SyncFixture.start(EngineSettings.DEFAULTS.withPings(interval, timeout))) {
            ManyClients clients = new ManyClients(fixture.port());
            long start = System.nanoTime();
            for (int i = 0; i < 50; i++) {
                clients.openOnly();
            }
            long opened = System.nanoTime();
            await().atMost(LONG)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> fixture.endpoint.sessions() == 0);
            long gone = System.nanoTime();
            Duration slack = Duration.ofSeconds(2); // for a machine that is busy otherwise
            assertEquals(
                    -1,
                    Long.signum(gone - opened - interval.plus(timeout).plus(slack).toNanos()),
                    () -> "gone after " + (gone - opened) / 1_000_000 + " ms");
            assertEquals(
                    1,
                    Long.signum(gone - start - interval.plus(timeout).toNanos()),
                    "and not before");
        }
    }
}
