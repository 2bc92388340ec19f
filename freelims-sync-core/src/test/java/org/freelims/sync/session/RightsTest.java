package org.freelims.sync.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.AccessPolicy;
import org.freelims.sync.access.Principal;
import org.freelims.sync.access.ResourceCatalog;
import org.freelims.sync.access.View;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.log.InMemoryChangeLog;
import org.freelims.sync.log.InMemoryChangeLog.Write;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Row;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.protocol.Value;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Rule 11: other rights take effect on live connections, and what may no longer be seen is told.
 */
class RightsTest {
    private static final Principal ANALYST = Principal.of("analyst");

    private final InMemoryChangeLog log = ChangeLog.inMemory(1000);
    private final HubThreads threads = HubThreads.start();
    private final SettablePolicy policy = new SettablePolicy();
    private final SyncHub hub =
            SyncHub.builder()
                    .log(log)
                    .snapshots(log)
                    .threads(threads)
                    .accessPolicy(policy)
                    .catalog(ResourceCatalog.of("items", "tests"))
                    .limits(Limits.builder().rightsRecheck(Duration.ofMillis(1)).build())
                    .build();

    /** Rows of these rooms of these resources, without these fields. */
    private record Rooms(Set<String> resources, Set<String> rooms, Set<String> hidden)
            implements View {
        @Override
        public boolean allows(String resource) {
            return resources.contains(resource);
        }

        @Override
        public boolean filtersRows(String resource) {
            return true;
        }

        @Override
        public boolean sees(String resource, Row row) {
            return row.field("room")
                    .filter(room -> room instanceof Value.Text text && rooms.contains(text.value()))
                    .isPresent();
        }

        @Override
        public Set<String> hiddenFields(String resource) {
            return hidden;
        }
    }

    private static final class SettablePolicy implements AccessPolicy {
        volatile View view = View.everything();
        volatile boolean admits = true;
        volatile boolean fails;

        @Override
        public View view(Principal principal) {
            if (fails) {
                throw new IllegalStateException("a defect of the policy");
            }
            return principal.equals(ANALYST) ? view : View.everything();
        }

        @Override
        public boolean admits(Principal principal) {
            return admits || !principal.equals(ANALYST);
        }
    }

    private static View rooms(String... rooms) {
        return new Rooms(Set.of("items", "tests"), Set.of(rooms), Set.of());
    }

    private void item(String id, String room) {
        log.append(
                Write.create(
                        "items",
                        id,
                        "{\"id\":%s,\"room\":\"%s\",\"price\":3}".formatted(id, room)));
    }

    /** A client that subscribes now is not told of what was written before. */
    private HubClient analyst() {
        HubClient.await(() -> hub.stats().position().equals(log.head()));
        return new HubClient(hub, threads.blocking(), ANALYST);
    }

    @AfterEach
    void stop() {
        hub.close();
        threads.close();
    }

    @Test
    void rule11_fewerRows_areToldAsLeftAndTheStreamGoesOnWithoutThem() {
        policy.view = rooms("A", "B");
        hub.start();
        item("1", "A");
        item("2", "B");
        HubClient analyst = analyst();
        analyst.subscribe("items");
        HubClient other = new HubClient(hub, threads.blocking(), Principal.of("other"));
        other.subscribe("items");
        item("3", "B");
        analyst.await(ServerMessage.Notification.class, 1);

        policy.view = rooms("A");
        List<ServerMessage.Left> left = analyst.await(ServerMessage.Left.class, 2);
        assertEquals(Set.of("2", "3"), Set.of(left.get(0).id(), left.get(1).id()));
        assertTrue(left.stream().allMatch(l -> l.position().isEmpty() && l.to().equals("items")));
        item("4", "B");
        item("5", "A");
        analyst.await(ServerMessage.Notification.class, 2);
        assertEquals(List.of("3", "5"), analyst.ids());
        assertTrue(analyst.heard(ServerMessage.Resync.class).isEmpty());
        assertTrue(noGap(analyst), analyst.heard::toString);
        other.await(ServerMessage.Notification.class, 3);
        assertEquals(List.of("3", "4", "5"), other.ids());
        assertTrue(other.heard(ServerMessage.Left.class).isEmpty());
    }

    /** Not even the id of the row that a page ends with. */
    @Test
    void rule4_snapshotInPages_tellsNothingOfHiddenRows_andGoesOnExactly() {
        policy.view = rooms("A");
        hub.start();
        List<String> shown = new ArrayList<>();
        for (int id = 1000; id < 1450; id++) {
            boolean hidden = id % 3 == 0 || id % 200 == 199;
            item(Integer.toString(id), hidden ? "B" : "A");
            if (!hidden) {
                shown.add("{\"id\":%d,\"room\":\"A\",\"price\":3}".formatted(id));
            }
        }
        HubClient whole = analyst();
        whole.subscribe("items", StartFrom.snapshot());
        List<ServerMessage.SnapshotPage> pages = whole.await(ServerMessage.SnapshotPage.class, 3);
        assertEquals(shown, pages.stream().flatMap(page -> page.rows().stream()).toList());
        for (int i = 0; i < 2; i++) {
            List<String> rows = pages.get(i).rows();
            String next = pages.get(i).next().orElseThrow();
            String lastShown = rows.get(rows.size() - 1).substring(6, 10);
            assertTrue(next.endsWith("items/" + lastShown), next + " behind " + lastShown);

            HubClient again = analyst();
            again.subscribe("items", StartFrom.snapshotBehind(next));
            List<ServerMessage.SnapshotPage> rest =
                    again.await(ServerMessage.SnapshotPage.class, 2 - i);
            assertEquals(
                    shown.subList(shown.indexOf(rows.get(rows.size() - 1)) + 1, shown.size()),
                    rest.stream().flatMap(page -> page.rows().stream()).toList());
        }
    }

    /** Rule 5: what each message follows on was known when it came. */
    private static boolean noGap(HubClient client) {
        long known = -1;
        for (ServerMessage message : client.heard) {
            if (message instanceof ServerMessage.Subscribed m) {
                known = m.position().offset();
            } else if (message instanceof ServerMessage.Heartbeat m) {
                known = m.position().offset();
            } else if (message instanceof ServerMessage.Notification m) {
                if (m.prev().offset() > known || m.position().offset() <= known) {
                    return false;
                }
                known = m.position().offset();
            }
        }
        return true;
    }

    @Test
    void rule11_moreRows_areAReasonToStartOver() {
        policy.view = rooms("A");
        hub.start();
        item("1", "A");
        item("2", "B");
        HubClient analyst = analyst();
        analyst.subscribe("items");
        policy.view = rooms("A", "B");
        ServerMessage.Resync resync = analyst.await(ServerMessage.Resync.class, 1).get(0);
        assertEquals(ErrorCode.POSITION_LOST, resync.code());
        analyst.subscribe("items");
        item("3", "B");
        analyst.await(ServerMessage.Notification.class, 1);
        assertEquals(List.of("3"), analyst.ids());
    }

    @Test
    void rule11_moreResources_areAReasonToStartOverForWhoHasEverything() {
        policy.view = new Rooms(Set.of("items"), Set.of("A"), Set.of());
        hub.start();
        item("1", "A");
        log.append(Write.create("tests", "9", "{\"id\":9,\"room\":\"A\"}"));
        HubClient analyst = analyst();
        analyst.subscribe("*");
        policy.view = rooms("A");
        ServerMessage.Resync resync = analyst.await(ServerMessage.Resync.class, 1).get(0);
        assertEquals(ErrorCode.POSITION_LOST, resync.code());
    }

    @Test
    void rule11_fieldHidden_isAReasonToStartOverAndIsNotToldAgain() {
        hub.start();
        item("1", "A");
        HubClient analyst = analyst();
        analyst.subscribe("items");
        policy.view = new Rooms(Set.of("items"), Set.of("A"), Set.of("price"));
        analyst.await(ServerMessage.Resync.class, 1);
        analyst.subscribe("items");
        item("2", "A");
        ServerMessage.Notification told = analyst.await(ServerMessage.Notification.class, 1).get(0);
        assertFalse(told.data().contains("price"), told::data);
    }

    @Test
    void rule11_resourceTaken_endsItsSubscriptionAndNoOther() {
        policy.view = new Rooms(Set.of("items", "tests"), Set.of("A"), Set.of());
        hub.start();
        HubClient analyst = analyst();
        analyst.subscribe("items");
        analyst.subscribe("tests");
        policy.view = new Rooms(Set.of("tests"), Set.of("A"), Set.of());
        assertEquals("items", analyst.await(ServerMessage.Unsubscribed.class, 1).get(0).to());
        assertEquals(
                ErrorCode.FORBIDDEN, analyst.await(ServerMessage.Failed.class, 1).get(0).code());
        item("1", "A");
        log.append(Write.create("tests", "9", "{\"id\":9,\"room\":\"A\"}"));
        analyst.await(ServerMessage.Notification.class, 1);
        assertEquals(List.of("9"), analyst.ids());
        assertTrue(noGap(analyst), analyst.heard::toString);
    }

    @Test
    void rule11_nobodyAnyMore_closesTheConnection() {
        hub.start();
        HubClient analyst = analyst();
        analyst.subscribe("items");
        HubClient other = new HubClient(hub, threads.blocking(), Principal.of("other"));
        other.subscribe("items");
        policy.admits = false;
        ServerMessage.Closing closing = analyst.await(ServerMessage.Closing.class, 1).get(0);
        assertEquals(ErrorCode.REVOKED, closing.code());
        assertFalse(closing.reconnect());
        item("1", "A");
        other.await(ServerMessage.Notification.class, 1);
        assertTrue(analyst.ids().isEmpty());
    }

    @Test
    void rule11_policyFails_leavesThingsAsTheyWere() {
        policy.view = rooms("A");
        hub.start();
        HubClient analyst = analyst();
        analyst.subscribe("items");
        policy.fails = true;
        item("1", "A");
        analyst.await(ServerMessage.Notification.class, 1);
        policy.view = rooms("B");
        policy.fails = false;
        analyst.await(ServerMessage.Left.class, 1);
    }

    @Test
    void rule11_rightsTakenUnderWrites_neverShowsWhatIsHiddenOrLosesWhatIsNot() {
        policy.view = rooms("A", "B");
        hub.start();
        HubClient analyst = analyst();
        analyst.subscribe("items");
        for (int i = 0; i < 400; i++) {
            item(Integer.toString(i), i % 2 == 0 ? "A" : "B");
            if (i == 200) {
                policy.view = rooms("A");
            }
        }
        analyst.await(ServerMessage.Left.class, 1);
        item("1000", "B");
        AtomicInteger newest = new AtomicInteger(1000);
        HubClient.await(
                () -> {
                    if (analyst.heard(ServerMessage.Resync.class).size()
                            == analyst.heard(ServerMessage.Subscribed.class).size()) {
                        analyst.subscribe("items");
                    }
                    item(Integer.toString(newest.incrementAndGet()), "A");
                    return analyst.ids().stream().anyMatch(id -> Integer.parseInt(id) > 1000);
                });
        assertFalse(analyst.ids().contains("1000"));
        assertTrue(noGap(analyst), analyst.heard::toString);
        if (analyst.heard(ServerMessage.Resync.class).isEmpty()) {
            HubClient.await(() -> analyst.ids().contains(newest.toString()));
            for (int id = 0; id < 400; id += 2) {
                assertTrue(analyst.ids().contains(Integer.toString(id)), "lost " + id);
            }
        }
    }
}
