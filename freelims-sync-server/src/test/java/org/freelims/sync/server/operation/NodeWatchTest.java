package org.freelims.sync.server.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.server.operation.Health.Check;
import org.freelims.sync.server.postgres.RelayStatus;
import org.freelims.sync.session.NodeStats;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the watch makes of what it sees, on a clock of the test's. */
class NodeWatchTest {
    private final AtomicLong clock = new AtomicLong(-5);
    private final Queue<Runnable> loop = new ArrayDeque<>();
    private final NodeWatch watch = new NodeWatch(clock::get);
    private Supplier<Long> head = () -> 7L;
    private long dispatched = 7;
    private final NodeWatch.Sources sources =
            new NodeWatch.Sources(
                    () -> status(head.get()), () -> 1 << 20, () -> stats(dispatched), loop::add);

    @AfterEach
    void stop() {
        watch.close();
    }

    private static RelayStatus status(long offset) {
        return new RelayStatus(
                Position.of("e1", offset), Position.of("e1", 0), 0, Optional.empty());
    }

    private static NodeStats stats(long offset) {
        return new NodeStats(Position.of("e1", offset), 0, 0, 0, 0, 0, 0, 0, 0);
    }

    private static Long unavailable() {
        throw new SyncException(ErrorCode.UNAVAILABLE, "db.example.org: no route to host");
    }

    private void pass(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    /** A second in which all works but what the test broke. */
    private void second() {
        pass(Duration.ofSeconds(1));
        watch.look(sources);
    }

    private List<String> down() {
        return watch.health().checks().stream().filter(c -> !c.up()).map(Check::name).toList();
    }

    private void seconds(int count) {
        for (int i = 0; i < count; i++) {
            watch.moved(0, Duration.ZERO);
            while (!loop.isEmpty()) {
                loop.remove().run();
            }
            second();
        }
    }

    @Test
    void node_thatWorks_isLiveAndReady() {
        seconds(100);

        assertTrue(watch.health().ready(), watch.health().toString());
        assertTrue(watch.health().live());
    }

    @Test
    void database_thatRefuses_isDownAtOnceAndUpAgain() {
        seconds(1);
        head = NodeWatchTest::unavailable;
        seconds(1);
        assertEquals(List.of("database"), down());
        assertFalse(watch.health().toString().contains("example.org"), "nothing for strangers");
        head = () -> 7L;
        seconds(1);
        assertEquals(List.of(), down());
    }

    @Test
    void database_thatLeavesAQuestionUnanswered_isDownInTime() {
        seconds(1);
        watch.moved(0, Duration.ZERO);
        pass(NodeWatch.DATABASE.plusNanos(1));

        assertEquals(List.of("database"), down());
    }

    @Test
    void relay_thatGoesRoundNoMore_isDown() {
        seconds(1);
        for (int i = 0; i <= NodeWatch.RELAY.toSeconds(); i++) {
            second();
        }
        assertEquals(List.of("relay"), down());
        watch.moved(0, Duration.ZERO);
        assertEquals(List.of(), down());
    }

    @Test
    void log_aheadOfANodeThatStands_isDownUntilItGoesOn() {
        head = () -> 1000L;
        seconds((int) NodeWatch.LOG.toSeconds() + 2);
        assertEquals(List.of("log"), down());
        dispatched = 8; // far behind, but it goes on
        seconds(1);
        assertEquals(List.of(), down());
    }

    @Test
    void log_atRest_isUp() {
        seconds(10 * (int) NodeWatch.LOG.toSeconds());

        assertEquals(List.of(), down());
    }

    @Test
    void hub_thatTakesNoTurn_isNotLive() {
        seconds(1);
        for (int i = 0; i <= NodeWatch.HUB.toSeconds(); i++) {
            second();
        }
        assertFalse(watch.health().live());
        assertEquals(1, loop.size(), "one task waits, not one for each look");
    }

    @Test
    void closing_isNotReadyButLive() {
        seconds(1);
        watch.closing();

        assertEquals(List.of("closing"), down());
        assertTrue(watch.health().live());
    }
}
