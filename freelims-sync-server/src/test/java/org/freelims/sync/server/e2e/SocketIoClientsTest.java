package org.freelims.sync.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.cli.ServerForTests;
import org.freelims.sync.server.e2e.RealClient.Configuration;
import org.freelims.sync.server.e2e.RealClient.Heard;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** FreeLIMS' clients as they are, and the same libraries used otherwise. */
@Tag("e2e")
class SocketIoClientsTest {
    private static final String INVALID_RESOURCE = "{\"message\":\"Invalid resource\"}";

    @TempDir static Path dir;
    private static ServerForTests server;
    private static LimsWrites writes;

    @BeforeAll
    static void start() {
        PostgresForTests.Database database = PostgresForTests.freshDatabase();
        server = ServerForTests.start(database, dir);
        writes = new LimsWrites(database);
    }

    @AfterAll
    static void stop() {
        writes.close();
        server.close();
    }

    static Stream<Configuration> configurations() {
        return Configurations.all();
    }

    private static RealClient connect(Configuration how) {
        RealClient client = RealClient.start(how, server.port());
        client.await("connect");
        return client;
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void client_subscribedToAll_hearsEachChangeOnceInOrderInTime(Configuration how) {
        try (RealClient client = connect(how)) {
            LimsWrites.RESOURCES.forEach(client::subscribe);
            int from = writes.count();

            writes.updateAll(5);
            writes.updateAllAtOnce(10);

            client.await(c -> c.notifications().size() >= 90);
            client.subscribe("inventory"); // what came twice would have come before its answer
            writes.assertHeardBy(client, from);
            writes.assertPrompt(client);
        }
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void client_thatAsksForNonsense_isToldSoAndGoesOn(Configuration how) {
        try (RealClient client = connect(how)) {
            client.emit("subscribe", "{\"resource\":\"moonbeams\"}");
            for (String payload :
                    List.of(
                            "{}",
                            "7",
                            "null",
                            "[]",
                            "{\"resource\":{\"$ne\":1}}",
                            "\"inventory\"")) {
                client.emit("subscribe", payload);
            }
            client.emit("ping", "{\"any\":\"thing\"}");
            client.subscribe("inventory");

            List<Heard> errors = client.all("subscription_error");
            assertEquals(7, errors.size(), client::toString);
            for (Heard error : errors) {
                assertEquals("Invalid resource", error.argument().path("message").asText());
            }
            assertEquals(
                    1,
                    errors.stream()
                            .filter(e -> e.argument().toString().equals(INVALID_RESOURCE))
                            .count(),
                    "what has the form but is none is answered as the original does");
            writes.update("inventory");
            client.await("inventory_updated");
            assertEquals(0, client.count("disconnect"), client::toString);
        }
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void client_thatDoesNotWantToHear_hearsNothing(Configuration how) {
        try (RealClient client = connect(how);
                RealClient all = connect(Configurations.FRONTEND)) {
            LimsWrites.RESOURCES.forEach(all::subscribe);
            client.subscribe("inventory");
            client.subscribe("samples");
            client.ask("unsubscribe", "{\"resource\":\"samples\"}");

            writes.updateAll(2);
            all.await(c -> c.notifications().size() == 12);
            client.subscribe("inventory");
            assertEquals(
                    List.of("inventory_updated", "inventory_updated"),
                    client.notifications().stream().map(Heard::event).toList());

            client.disconnect();
            writes.updateAll(1);
            all.await(c -> c.notifications().size() == 18);
            assertEquals(2, client.notifications().size(), client::toString);
        }
    }

    @Test
    void transports_areThoseTheClientAskedFor() {
        assertEquals(List.of("websocket"), transports(Configurations.FRONTEND, 1));
        assertEquals(
                List.of("polling", "websocket"), transports(Configurations.FRONTEND_UPGRADING, 2));
        assertEquals(List.of("polling"), transports(Configurations.FRONTEND_POLLING, 1));
        assertEquals(List.of("websocket"), transports(Configurations.MONITOR, 1));
    }

    private static List<String> transports(Configuration how, int count) {
        try (RealClient client = connect(how)) {
            client.await(c -> c.count("transport") >= count);
            client.subscribe("inventory");
            return client.all("transport").stream().map(t -> t.argument().asText()).toList();
        }
    }

    @Test
    void payloads_areWhatFreelimsClientsKnow() {
        try (RealClient client = connect(Configurations.FRONTEND)) {
            client.subscribe("inventory");
            assertEquals(
                    "[{\"resource\":\"inventory\"}]",
                    client.await("subscription_success").arguments().toString());
            writes.update("inventory");

            JsonNode payload = client.await("inventory_updated").argument();
            assertEquals("update", payload.path("action").asText());
            assertEquals("inventory", payload.path("resource").asText());
            JsonNode data = payload.path("data");
            assertEquals(1000, data.path("id").asInt());
            assertTrue(data.path("id").isInt() && data.path("quantity").isNumber(), data::toString);
            assertTrue(data.path("expiration_date").isNull() && data.has("updated_at"));
        }
    }

    @Test
    void badToken_isRefusedWithAMessage() {
        Configuration how =
                Configurations.FRONTEND.with("auth", java.util.Map.of("token", "forged"));
        try (RealClient client = RealClient.start(how, server.port())) {
            String message = client.await("connect_error").argument().asText();
            assertTrue(message.contains("token"), message);
            assertEquals(0, client.count("connect"));
        }
    }
}
