package org.freelims.sync.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.freelims.sync.HeldRows;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.Authenticator;
import org.freelims.sync.access.ResourceCatalog;
import org.freelims.sync.access.View;
import org.freelims.sync.log.InMemoryChangeLog;
import org.freelims.sync.log.InMemoryChangeLog.Write;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.RowsDigest;
import org.freelims.sync.session.Limits;
import org.junit.jupiter.api.Test;

/**
 * Views of a real hub on a virtual clock: random transactions, lost connections, lost positions,
 * slow reading. Whatever a view holds must be what the log says for its position.
 */
class LiveViewSimulationTest {
    private static final int SEEDS = Integer.getInteger("views.seeds", 150);
    private static final int STEPS = 120;
    private static final List<String> EXPRESSIONS =
            List.of("stock", "stock?n<50", "stock?kind=a&n>=20", "stock/3");

    @Test
    void views_underFaults_holdWhatTheLogSays() {
        long first = Long.getLong("views.first", 1);
        long rebuilt = 0;
        for (long seed = first; seed < first + SEEDS; seed++) {
            Run run = new Run(seed);
            run.go();
            rebuilt += run.rebuilt;
        }
        assertTrue(rebuilt > 0, "no position was ever lost");
    }

    /** One row of the truth. */
    private record Stock(int id, String kind, int n) {
        String json() {
            return "{\"id\":" + id + ",\"kind\":\"" + kind + "\",\"n\":" + n + "}";
        }

        boolean isIn(String expression) {
            return switch (expression) {
                case "stock" -> true;
                case "stock?n<50" -> n < 50;
                case "stock?kind=a&n>=20" -> kind.equals("a") && n >= 20;
                case "stock/3" -> id == 3;
                default -> throw new IllegalArgumentException(expression);
            };
        }
    }

    /** One history. */
    private static final class Run {
        private final long seed;
        private final SplittableRandom random;
        private final VirtualTime time = new VirtualTime();
        private final InMemoryChangeLog log = new InMemoryChangeLog(100_000, "e1");
        private final Map<Integer, Stock> table = new TreeMap<>();
        // what the table held after the transaction that ends at this offset
        private final TreeMap<Long, Map<Integer, Stock>> truth = new TreeMap<>();
        private final List<Watch> watches = new ArrayList<>();
        private final List<ClientEvent> events = new ArrayList<>();
        private long rebuilt;

        Run(long seed) {
            this.seed = seed;
            this.random = new SplittableRandom(seed);
            truth.put(0L, Map.of());
        }

        void go() {
            SyncHub hub =
                    SyncHub.builder()
                            .log(log)
                            .snapshots(log)
                            .catalog(ResourceCatalog.of("stock", "samples"))
                            .authenticator(
                                    token -> {
                                        throw Authenticator.badToken();
                                    })
                            .limits(Limits.builder().pendingBytes(4_000).recentBytes(2_000).build())
                            .threads(time.hubThreads())
                            .build();
            hub.start();
            HubTransport transport = new HubTransport(hub, time, random);
            SyncClient client =
                    SyncClient.builder()
                            .uri("ws://lims.example")
                            .transport(transport)
                            .backoff(new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1)))
                            .executor(time)
                            .scheduler(time.scheduler())
                            .clock(time.clock())
                            .random(random.split())
                            .listener(events::add)
                            .build();
            for (int i = random.nextInt(10); i > 0; i--) {
                transaction();
            }
            EXPRESSIONS.forEach(expression -> watches.add(new Watch(client, expression)));
            var unused = client.connect();
            for (int i = 0; i < STEPS; i++) {
                step(transport);
                watches.forEach(Watch::check);
            }
            time.pass(Duration.ofSeconds(30));
            watches.forEach(Watch::checkEnd);
            client.close();
        }

        private void step(HubTransport transport) {
            switch (random.nextInt(20)) {
                case 0 -> transport.cut();
                case 1 -> {
                    transport.cut();
                    transaction();
                    time.pass(Duration.ofMillis(5)); // the hub has seen it, no client has
                    log.expireThrough(log.head().offset());
                    transaction();
                }
                case 2, 3, 4, 5 -> time.pass(Duration.ofMillis(random.nextInt(600)));
                case 6 -> time.pass(Duration.ofSeconds(random.nextInt(5)));
                case 7 -> {
                    for (int i = 0; i < 60; i++) {
                        transaction();
                    }
                }
                default -> {
                    transaction();
                    time.pass(Duration.ofMillis(random.nextInt(30)));
                }
            }
        }

        private void transaction() {
            List<Write> writes = new ArrayList<>();
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                writes.add(write());
            }
            Position last = log.append(writes.toArray(Write[]::new));
            truth.put(last.offset(), Map.copyOf(table));
        }

        private Write write() {
            int id = random.nextInt(8);
            Stock was = table.get(id);
            if (random.nextInt(40) == 0) {
                table.clear();
                return Write.truncate("stock");
            }
            if (random.nextInt(6) == 0) {
                return Write.create("samples", "1", "{\"id\":1}");
            }
            if (was != null && random.nextInt(4) == 0) {
                table.remove(id);
                return Write.delete("stock", Integer.toString(id), was.json());
            }
            Stock is = new Stock(id, random.nextBoolean() ? "a" : "b", random.nextInt(100));
            table.put(id, is);
            return was == null
                    ? Write.create("stock", Integer.toString(id), is.json())
                    : Write.update("stock", Integer.toString(id), is.json(), was.json());
        }

        /** One view, and a copy that its listener keeps. */
        private final class Watch {
            private final String expression;
            private final LiveView<Integer, Stock> view;
            private final Map<Integer, Stock> copy = new TreeMap<>();
            private long reached;

            Watch(SyncClient client, String expression) {
                this.expression = expression;
                this.view = LiveView.open(client, expression, Stock.class, Integer::valueOf);
                view.onChange(this::follow);
            }

            private void follow(ViewChange<Integer, Stock> change) {
                for (var row : change.rows()) {
                    assertEquals(row.was(), Optional.ofNullable(copy.get(row.key())), this::where);
                    row.is().ifPresent(is -> copy.put(row.key(), is));
                    if (row.is().isEmpty()) {
                        copy.remove(row.key());
                    }
                }
                assertEquals(copy, change.after().rows(), this::where);
            }

            void check() {
                ViewContents<Integer, Stock> contents = view.contents();
                rebuilt += view.state() == LiveView.State.REBUILDING ? 1 : 0;
                if (contents.position().isEmpty()) {
                    assertTrue(contents.rows().isEmpty(), this::where);
                    return;
                }
                long offset = contents.position().get().offset();
                assertTrue(offset >= reached, this::where);
                reached = offset;
                Map<Integer, Stock> expected = new TreeMap<>(truth.ceilingEntry(offset).getValue());
                expected.values().removeIf(stock -> !stock.isIn(expression));
                assertEquals(expected, contents.rows(), this::where);
                assertEquals(expected, copy, this::where);
                RowsDigest digest = RowsDigest.EMPTY;
                for (Stock stock : expected.values()) {
                    digest =
                            digest.plus(
                                    RowsDigest.ofRow(
                                            "stock", Integer.toString(stock.id()), stock.json()));
                }
                assertEquals(digest, contents.digest(), this::where);
            }

            void checkEnd() {
                check();
                assertEquals(LiveView.State.LIVE, view.state(), this::where);
                HeldRows server = HeldRows.of(log, expression, View.everything());
                assertEquals(
                        Optional.of(server.position()), view.contents().position(), this::where);
                assertEquals(server.digest(), view.contents().digest(), this::where);
                assertEquals(server.rows(), view.size(), this::where);
            }

            private String where() {
                return "seed " + seed + ", " + view.expression() + " at " + reached + ": " + events;
            }
        }
    }
}
