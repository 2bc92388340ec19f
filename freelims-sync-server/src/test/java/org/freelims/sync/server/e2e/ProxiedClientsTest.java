package org.freelims.sync.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.cli.ServerForTests;
import org.freelims.sync.server.e2e.RealClient.Configuration;
import org.freelims.sync.server.e2e.RealClient.Heard;
import org.freelims.sync.transport.FaultyProxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** FreeLIMS' clients with something in between: nginx, or a network that fails. */
@Tag("e2e")
class ProxiedClientsTest {
    private static final List<Configuration> CLIENTS =
            List.of(
                    Configurations.FRONTEND,
                    Configurations.FRONTEND_UPGRADING,
                    Configurations.FRONTEND_POLLING,
                    Configurations.MONITOR);

    @TempDir static Path dir;
    private static ServerForTests server;
    private static LimsWrites writes;

    @BeforeAll
    static void start() {
        PostgresForTests.Database database = PostgresForTests.freshDatabase();
        server = ServerForTests.start(database, dir.resolve("server"));
        writes = new LimsWrites(database);
    }

    @AfterAll
    static void stop() {
        writes.close();
        server.close();
    }

    private static void assertServed(List<Configuration> clients, int port) {
        List<RealClient> connected = new ArrayList<>();
        try {
            for (Configuration how : clients) {
                RealClient client = RealClient.start(how, port);
                connected.add(client);
                client.await("connect");
                LimsWrites.RESOURCES.forEach(client::subscribe);
            }
            int from = writes.count();
            writes.updateAll(3);
            writes.updateAllAtOnce(10);
            for (RealClient client : connected) {
                client.await(c -> c.notifications().size() >= 78);
                client.subscribe("inventory");
                writes.assertHeardBy(client, from);
                writes.assertPrompt(client);
            }
        } finally {
            connected.forEach(RealClient::close);
        }
    }

    @Test
    void behindNginxThatPassesWebSockets_allAreServed() throws IOException {
        try (Nginx nginx = Nginx.withWebSockets(folder("ws"), server.port())) {
            assertServed(CLIENTS, nginx.port());
            try (RealClient client =
                    RealClient.start(Configurations.FRONTEND_UPGRADING, nginx.port())) {
                client.await(c -> c.count("transport") == 2);
                assertEquals("websocket", client.all("transport").get(1).argument().asText());
            }
        }
    }

    @Test
    void behindNginxThatDoesNot_thoseThatMayPollAreServed() throws IOException {
        try (Nginx nginx = Nginx.withoutWebSockets(folder("polling"), server.port())) {
            assertServed(
                    List.of(Configurations.FRONTEND_UPGRADING, Configurations.FRONTEND_POLLING),
                    nginx.port());
            try (RealClient client = RealClient.start(Configurations.FRONTEND, nginx.port())) {
                client.await("connect_error");
                assertEquals(0, client.count("connect"), client::toString);
            }
        }
    }

    private static Path folder(String name) throws IOException {
        return Files.createDirectories(dir.resolve(name));
    }

    /** What a client does that misses nothing: it keeps the last position and hands it back. */
    private static void subscribe(RealClient client, String resource) {
        String from =
                client.notifications().stream()
                        .map(Heard::argument)
                        .filter(n -> n.path("resource").asText().equals(resource))
                        .map(n -> n.path("position").asText())
                        .reduce((earlier, later) -> later)
                        .orElse("now");
        client.ask("subscribe", "{\"resource\":\"" + resource + "\",\"from\":\"" + from + "\"}");
    }

    static List<Configuration> clients() {
        return CLIENTS;
    }

    @ParameterizedTest
    @MethodSource("clients")
    void cutOffDuringWrites_handsItsPositionBackAndMissesNothing(Configuration client) {
        outage(client, Integer.getInteger("outage.seconds", 1));
    }

    private static void outage(Configuration how, int seconds) {
        try (FaultyProxy proxy = FaultyProxy.to(server.port());
                RealClient client =
                        RealClient.start(
                                how.library() == RealClient.Library.JAVASCRIPT
                                        ? how.with("reconnectionDelayMax", 500)
                                        : how,
                                proxy.port())) {
            client.await("connect");
            LimsWrites.RESOURCES.forEach(resource -> subscribe(client, resource));
            int from = writes.count();
            writes.updateAll(2);
            client.await(c -> c.notifications().size() == 12);

            proxy.refuse(true);
            proxy.cut();
            client.await("disconnect");
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            do {
                writes.updateAll(20);
                writes.updateAllAtOnce(20);
                // a lab's pace, not as fast as can be
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
            } while (System.nanoTime() < end);
            proxy.refuse(false);

            client.await(c -> c.count("connect") == 2);
            LimsWrites.RESOURCES.forEach(resource -> subscribe(client, resource));
            writes.updateAll(2);
            int all = writes.count() - from;
            client.await(c -> c.notifications().size() >= all);
            client.subscribe("inventory");
            writes.assertHeardByResource(client, from);
        }
    }

    @Test
    void serverStartedAgain_isFoundAndNothingIsMissed() {
        try (RealClient client =
                RealClient.start(
                        Configurations.FRONTEND.with("reconnectionDelayMax", 500), server.port())) {
            client.await("connect");
            LimsWrites.RESOURCES.forEach(resource -> subscribe(client, resource));
            int from = writes.count();
            writes.updateAll(2);
            client.await(c -> c.notifications().size() == 12);

            server.stop();
            writes.updateAll(5);
            server.startAgain();

            client.await(c -> c.count("connect") == 2);
            LimsWrites.RESOURCES.forEach(resource -> subscribe(client, resource));
            client.await(c -> c.notifications().size() >= 42);
            writes.assertHeardByResource(client, from);
        }
    }

    @Test
    void oneRecordAndFilterAndSnapshot_areForThoseWhoAsk() {
        try (RealClient client = RealClient.start(Configurations.FRONTEND, server.port())) {
            client.await("connect");
            assertTrue(
                    client.ask("subscribe", "{\"resource\":\"samples\",\"id\":7}")
                            .path("ok")
                            .asBoolean());
            assertEquals(
                    "inventory?quantity<0",
                    client.ask(
                                    "subscribe",
                                    "{\"resource\":\"inventory\",\"filter\":\"quantity<0\"}")
                            .path("to")
                            .asText());
            assertTrue(
                    client.ask("subscribe", "{\"resource\":\"locations\",\"from\":\"snapshot\"}")
                            .path("ok")
                            .asBoolean());
            Heard snapshot = client.await("locations_snapshot");
            assertEquals("Shelf", snapshot.argument().path("rows").path(0).path("name").asText());

            writes.updateAll(1);
            client.await("locations_updated");
            assertEquals(0, client.count("inventory_updated"), "the quantity is not below 0");
            assertEquals(0, client.count("samples_updated"), "another sample");
        }
    }
}
