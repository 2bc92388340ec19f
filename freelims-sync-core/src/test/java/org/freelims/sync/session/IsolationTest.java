package org.freelims.sync.session;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.Principal;
import org.freelims.sync.access.View;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.log.InMemoryChangeLog;
import org.freelims.sync.log.InMemoryChangeLog.Write;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Row;
import org.freelims.sync.protocol.ServerMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IsolationTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final InMemoryChangeLog log = ChangeLog.inMemory(1000);
    private final HubThreads threads = HubThreads.start();
    private final SyncHub hub =
            SyncHub.builder()
                    .log(log)
                    .threads(threads)
                    .accessPolicy(
                            who -> who.name().equals("broken") ? new Broken() : View.everything())
                    .build();

    /** A policy with a defect: it fails on one row. */
    private record Broken() implements View {
        @Override
        public boolean allows(String resource) {
            return true;
        }

        @Override
        public boolean filtersRows(String resource) {
            return true;
        }

        @Override
        public boolean sees(String resource, Row row) {
            if (row.field("poison").isPresent()) {
                throw new IllegalStateException("a defect of the policy");
            }
            return true;
        }
    }

    private HubClient subscribe(String name, String to) {
        HubClient client = new HubClient(hub, threads.blocking(), Principal.of(name));
        client.subscribe(to);
        return client;
    }

    @AfterEach
    void stop() {
        hub.close();
        threads.close();
    }

    @Test
    void row_nestedDeeply_isToldAndFilteredLikeAnyOther() {
        hub.start();
        HubClient plain = subscribe("plain", "items");
        HubClient filtering = subscribe("filtering", "items?q<10");
        String deep = "[".repeat(20_000) + "]".repeat(20_000);
        log.append(Write.create("items", "1", "{\"id\":1,\"q\":5,\"deep\":" + deep + "}"));
        log.append(Write.create("items", "2", "{\"id\":2,\"q\":50,\"deep\":" + deep + "}"));
        log.append(Write.create("items", "3", "{\"id\":3,\"q\":5}"));
        await().atMost(LONG).until(() -> plain.ids().size() == 3 && filtering.ids().size() == 2);
        assertEquals(List.of("1", "2", "3"), plain.ids());
        assertEquals(List.of("1", "3"), filtering.ids());
    }

    @Test
    void view_thatFails_endsItsOwnSubscriptionAndNoOther() {
        hub.start();
        HubClient before = subscribe("before", "items");
        HubClient broken = subscribe("broken", "items");
        HubClient after = subscribe("after", "*");
        log.append(Write.create("items", "1", "{\"id\":1}"));
        log.append(Write.create("items", "2", "{\"id\":2,\"poison\":true}"));
        log.append(Write.create("items", "3", "{\"id\":3}"));
        await().atMost(LONG).until(() -> before.ids().size() >= 3 && after.ids().size() >= 3);
        assertEquals(List.of("1", "2", "3"), before.ids());
        assertEquals(List.of("1", "2", "3"), after.ids());
        await().atMost(LONG).until(() -> !broken.heard(ServerMessage.Unsubscribed.class).isEmpty());
        assertEquals(List.of("1"), broken.ids());
        assertTrue(
                broken.heard(ServerMessage.Failed.class).stream()
                        .anyMatch(failed -> failed.code() == ErrorCode.INTERNAL));
    }
}
