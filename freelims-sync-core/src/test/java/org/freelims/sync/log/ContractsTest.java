package org.freelims.sync.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.freelims.sync.log.InMemoryChangeLog.Write;
import org.freelims.sync.protocol.Position;
import org.junit.jupiter.api.Test;

/** The contracts fail what breaks them. */
class ContractsTest {
    /** How a log answers, given a good one. */
    private interface Reading {
        List<Change> readAfter(InMemoryChangeLog good, Position position, int limit);
    }

    private record Faulty(InMemoryChangeLog good, Reading reading)
            implements ChangeLogContract.Subject, ChangeLog {
        @Override
        public ChangeLog log() {
            return this;
        }

        @Override
        public void commit(List<Write> writes) {
            good.append(writes, Instant.EPOCH, Optional.empty(), Optional.empty());
        }

        @Override
        public void expireThrough(long offset) {
            good.expireThrough(offset);
        }

        @Override
        public Position head() {
            return good.head();
        }

        @Override
        public Position oldest() {
            return good.oldest();
        }

        @Override
        public List<Change> readAfter(Position position, int limit) {
            return reading.readAfter(good, position, limit);
        }

        @Override
        public Registration onAppend(Runnable listener) {
            return good.onAppend(listener);
        }

        @Override
        public void close() {
            good.close();
        }
    }

    /** Returns the names of the contract's tests that a log with this way of reading fails. */
    private static Set<String> failing(Reading reading) {
        ChangeLogContract contract =
                new ChangeLogContract() {
                    @Override
                    protected ChangeLogContract.Subject newSubject() {
                        return new Faulty(ChangeLog.inMemory(10_000), reading);
                    }
                };
        return failing(contract, ChangeLogContract.class, contract::open, contract::close);
    }

    private static Set<String> failing(
            Object contract, Class<?> type, Runnable open, Runnable close) {
        Set<String> failed = new TreeSet<>();
        for (Method method : type.getDeclaredMethods()) {
            // those with writers and readers at once wait long for what never comes
            if (!method.isAnnotationPresent(Test.class) || method.getName().contains("_while")) {
                continue;
            }
            open.run();
            try {
                method.setAccessible(true);
                method.invoke(contract);
            } catch (InvocationTargetException e) {
                failed.add(method.getName());
            } catch (IllegalAccessException e) {
                throw new AssertionError(e);
            } finally {
                close.run();
            }
        }
        return failed;
    }

    private static void assertFails(Set<String> failing, String... tests) {
        for (String test : tests) {
            assertTrue(failing.contains(test), test + ", but only " + failing);
        }
    }

    private static Position at(InMemoryChangeLog log, long offset) {
        return Position.of(log.head().epoch(), offset);
    }

    @Test
    void changeLogContract_goodLog_passes() {
        assertEquals(Set.of(), failing(InMemoryChangeLog::readAfter));
    }

    @Test
    void changeLogContract_leavesOneOut_fails() {
        assertFails(
                failing(
                        (good, position, limit) -> {
                            List<Change> read = new ArrayList<>(good.readAfter(position, limit));
                            if (read.size() > 2) {
                                read.remove(1);
                            }
                            return read;
                        }),
                "rule1_readAfter_givesDenseOffsetsInCommitOrder",
                "rule3_readAfter_everyPosition_givesExactlyItsSuccessors");
    }

    @Test
    void changeLogContract_swapsTwo_fails() {
        assertFails(
                failing(
                        (good, position, limit) -> {
                            List<Change> read = new ArrayList<>(good.readAfter(position, limit));
                            if (read.size() > 1) {
                                read.add(read.remove(0));
                            }
                            return read;
                        }),
                "rule1_readAfter_givesDenseOffsetsInCommitOrder");
    }

    @Test
    void changeLogContract_repeatsAtTheSeam_fails() {
        assertFails(
                failing(
                        (good, position, limit) ->
                                position.offset() < 2
                                        ? good.readAfter(position, limit)
                                        : good.readAfter(at(good, position.offset() - 1), limit)),
                "rule3_readAfter_inPages_hasNoGapAndNoRepetition",
                "rule3_readAfter_everyPosition_givesExactlyItsSuccessors");
    }

    @Test
    void changeLogContract_ignoresEpochAndMark_fails() {
        assertFails(
                failing(
                        (good, position, limit) ->
                                good.readAfter(at(good, position.offset()), limit)),
                "rule7_readAfter_otherEpoch_failsWithPositionLost",
                "rule7_readAfter_markOfAnotherEntry_failsWithPositionLost");
    }

    @Test
    void changeLogContract_jumpsOverWhatExpired_fails() {
        assertFails(
                failing(
                        (good, position, limit) ->
                                position.offset() < good.oldest().offset()
                                        ? good.readAfter(good.oldest(), limit)
                                        : good.readAfter(position, limit)),
                "rule7_readAfter_successorsExpired_failsWithPositionLost");
    }

    @Test
    void changeLogContract_ignoresTheLimit_fails() {
        assertFails(
                failing((good, position, limit) -> good.readAfter(position, 10_000)),
                "rule3_readAfter_inPages_hasNoGapAndNoRepetition",
                "readAfter_limitBelowOne_isRefused");
    }

    @Test
    void snapshotSourceContract_rowsOfALaterMoment_fails() {
        SnapshotSourceContract contract =
                new SnapshotSourceContract() {
                    @Override
                    protected SnapshotSourceContract.Subject newSubject() {
                        return new LateSnapshots(ChangeLog.inMemory(10_000));
                    }
                };
        assertFails(
                failing(contract, SnapshotSourceContract.class, contract::open, contract::close),
                "open_noRows_isEmptyAndHasAPosition",
                "rule4_open_rows_areThoseAtItsPosition",
                "rule4_open_afterTruncate_hasOnlyLaterRows");
    }

    /** Takes the position first and the rows later: a change comes in between. */
    private record LateSnapshots(InMemoryChangeLog log)
            implements SnapshotSourceContract.Subject, SnapshotSource {
        @Override
        public SnapshotSource source() {
            return this;
        }

        @Override
        public void commit(List<Write> writes) {
            log.append(writes, Instant.EPOCH, Optional.empty(), Optional.empty());
        }

        @Override
        public Snapshot open(Collection<String> resources) {
            Position position = log.head();
            log.append(Write.create("item", "999", "{\"id\":999,\"n\":1}"));
            Snapshot later = log.open(resources);
            return new Snapshot() {
                @Override
                public Position position() {
                    return position;
                }

                @Override
                public List<Row> next(int limit) {
                    return later.next(limit);
                }

                @Override
                public void close() {
                    later.close();
                }
            };
        }

        @Override
        public Snapshot open(String resource, String id) {
            return log.open(resource, id);
        }

        @Override
        public void close() {
            log.close();
        }
    }
}
