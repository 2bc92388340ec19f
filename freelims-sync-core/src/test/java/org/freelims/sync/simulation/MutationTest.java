package org.freelims.sync.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The simulation is worth something only if it finds the defects it is there for. */
class MutationTest {
    /** A defect must be found within so many seeds. */
    private static final int SEEDS = 600;

    private static final Logger LOGGER = Logger.getLogger("org.freelims.sync.session");

    @TempDir Path dir;

    @BeforeAll
    static void silenceWhatTheFaultsSay() {
        LOGGER.setLevel(Level.OFF);
    }

    @AfterAll
    static void unsilence() {
        LOGGER.setLevel(null);
    }

    static Stream<Mutant> mutants() {
        return Stream.of(
                new Mutant(
                        "live one change too early",
                        "session/CatchUp.java",
                        "subscription.completeTo() == dispatched",
                        "subscription.completeTo() >= dispatched - 1"),
                new Mutant(
                        "a page of the log one change too late",
                        "session/CatchUp.java",
                        "s.completeTo() >= first - 1",
                        "s.completeTo() >= first - 2"),
                new Mutant(
                        "a client ahead of its node is forgotten",
                        "session/CatchUp.java",
                        "node.wakeWhenDispatched(this);",
                        ""),
                new Mutant(
                        "a wake-up during a read is dropped",
                        "session/LogTail.java",
                        "if (reading) { again = true; }",
                        "if (reading) { return; }"),
                new Mutant(
                        "a full page is taken for the last",
                        "session/LogTail.java",
                        "if (changes.size() == pageSize)",
                        "if (changes.size() > pageSize)"),
                new Mutant(
                        "the first frame dropped from a slow client is lost",
                        "session/Subscription.java",
                        "completeTo = firstDropped.position().offset() - 1;",
                        "completeTo = firstDropped.position().offset();"),
                new Mutant(
                        "frames dropped from a slow client are forgotten",
                        "session/CatchUp.java",
                        "subscription.fellBehind(lowest.get(subscription),"
                                + " node.position().offset());",
                        "subscription.fellBehind(null, node.position().offset());"),
                new Mutant(
                        "a slow client that reads again is not served",
                        "session/CatchUp.java",
                        "draining = false; begin();",
                        "draining = false;"),
                new Mutant(
                        "changes behind a snapshot count as in it",
                        "session/Subscriber.java",
                        "Position position = snapshot.position(); join(subscription, position);",
                        "Position position = snapshot.position(); join(subscription,"
                                + " node.position());"),
                new Mutant(
                        "the last change comes again after a reconnect",
                        "session/Subscription.java",
                        "completeTo = from.offset();",
                        "completeTo = Math.max(0, from.offset() - 1);"),
                new Mutant(
                        "frames overtake each other",
                        "transport/Outbox.java",
                        "queue.add(frame);",
                        "queue.addFirst(frame);"),
                new Mutant(
                        "a heartbeat promises what is still to come",
                        "session/Vitals.java",
                        "subscription.state() == Subscription.State.CATCHING_UP ||",
                        ""),
                new Mutant(
                        "a position of another history passes for one of this",
                        "session/RecentChanges.java",
                        "ours.epoch().equals(theirs.epoch())",
                        "!ours.epoch().isEmpty()"),
                new Mutant(
                        "a read of the history before counts in the next",
                        "session/CatchUp.java",
                        "epoch.equals(node.position().epoch())",
                        "!epoch.isEmpty()"),
                new Mutant(
                        "retention passes clients in silence",
                        "session/Node.java",
                        "session.catchUpFrom(before.offset());",
                        "session.catchUpFrom(position.offset());"),
                new Mutant(
                        "prev skips what another member has yet to get",
                        "subscription/Feed.java",
                        "start.offset() < last.offset()",
                        "start.offset() > last.offset()"),
                new Mutant(
                        "the rest of a snapshot begins behind the page's first row",
                        "session/SnapshotStart.java",
                        "lastOf.put(row.resource(), row);",
                        "lastOf.putIfAbsent(row.resource(), row);"),
                new Mutant(
                        "the rest of a snapshot has what was created since",
                        "log/EarlierRows.java",
                        "case CREATE -> records.putIfAbsent(id, Optional.empty());",
                        "case CREATE -> records.putIfAbsent(id, Optional.of(change.data()));"),
                new Mutant(
                        "the rest of a snapshot has rows as they are now",
                        "log/EarlierRows.java",
                        "Row.parse(change.data()).overlaid(Row.parse(change.before()))",
                        "Row.parse(change.data())"),
                new Mutant(
                        "more may be seen, and nobody is told to start over",
                        "session/ViewChange.java",
                        "showsMore = true;",
                        "showsMore = false;"),
                new Mutant(
                        "another resource may be seen, and nobody is told to start over",
                        "session/Subscriber.java",
                        "resources.addAll(resources(subscription.expression(),"
                                + " session.view()));",
                        ""),
                new Mutant(
                        "what may no longer be seen is told on",
                        "session/Subscriber.java",
                        "failed(subscription, e); continue;",
                        "continue;"),
                new Mutant(
                        "a change is filtered by the row that was",
                        "subscription/Feed.java",
                        "!shows(resource, logged.row())",
                        "!shows(resource, logged.rowBefore())"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mutants")
    @Timeout(120)
    void simulation_plantedDefect_isFound(Mutant mutant) throws Exception {
        mutant.compile(dir);
        String violation = Mutant.firstViolation(dir, SEEDS);
        assertFalse(violation.isEmpty(), "not found in " + SEEDS + " seeds: " + mutant.name());
        assertTrue(
                violation.startsWith("seed ") && violation.contains("VIOLATION"),
                () -> "a finding names its seed and tells the story: " + violation);
    }

    @Test
    void simulation_nothingPlanted_findsNothingInTheSameSeeds() throws Exception {
        Mutant none = new Mutant("none", "session/CatchUp.java", "== dispatched", "== dispatched");
        none.compile(dir);
        assertEquals("", Mutant.firstViolation(dir, SEEDS / 10));
    }
}
