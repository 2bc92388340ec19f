package org.freelims.sync.server.tyrus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.freelims.sync.log.InMemoryChangeLog.Write;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SyncServerTest {
    private final ServerFixture fixture = ServerFixture.start(builder -> {});

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void change_afterSubscribed_reachesTheClient() {
        try (RawClient client =
                RawClient.open(
                        fixture.port(), "/sync", "Sec-WebSocket-Protocol: freelims.sync.v1")) {
            assertTrue(client.readText("welcome").contains("\"maxMessageBytes\":65536"));
            client.sendText("{\"type\":\"subscribe\",\"id\":1,\"to\":\"inventory\"}");
            client.readText("subscribed");
            fixture.log.append(Write.create("inventory", "1", "{\"id\":1,\"name\":\"Äther\"}"));
            assertTrue(client.readText("notification").contains("Äther"));
        }
    }

    @Test
    void malformedJson_closesWith1007() {
        try (RawClient client = RawClient.open(fixture.port(), "/sync")) {
            client.sendText("{\"type\":");
            assertEquals(1007, client.readClose());
        }
    }

    @Test
    void unknownType_isAnsweredAndTheConnectionLives() {
        try (RawClient client = RawClient.open(fixture.port(), "/sync")) {
            client.sendText("{\"type\":\"dance\",\"id\":9}");
            client.readText("UNKNOWN_TYPE");
            client.sendText("{\"type\":\"ping\",\"id\":10}");
            client.readText("pong");
        }
    }

    @Test
    void messageOverTheLimit_closesWith1009() {
        try (RawClient client = RawClient.open(fixture.port(), "/sync")) {
            client.sendText("{\"type\":\"ping\",\"x\":\"" + "x".repeat(65_536) + "\"}");
            assertEquals(1009, client.readClose());
        }
    }

    @Test
    void binaryMessage_closesWith1003() {
        try (RawClient client = RawClient.open(fixture.port(), "/sync")) {
            client.write(RawClient.frame(0x82, new byte[] {1, 2, 3}));
            assertEquals(1003, client.readClose());
        }
    }
}
