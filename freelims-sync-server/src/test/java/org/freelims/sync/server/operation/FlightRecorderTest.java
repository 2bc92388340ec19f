package org.freelims.sync.server.operation;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.session.HubListener.CaughtUp;
import org.freelims.sync.session.HubListener.Closed;
import org.freelims.sync.session.HubListener.SnapshotSent;
import org.freelims.sync.transport.CloseReason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a recording of the JVM holds. */
class FlightRecorderTest {
    @TempDir Path dir;
    private final FlightRecorder recorder = new FlightRecorder();

    private interface Work {
        void run() throws Exception;
    }

    private List<RecordedEvent> recorded(Work work) throws Exception {
        Path file = dir.resolve("recording.jfr");
        try (var recording = new Recording()) {
            recording.start();
            work.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(e -> e.getEventType().getName().startsWith("org.freelims.sync."))
                .toList();
    }

    private static Closed closed(Optional<ErrorCode> code) {
        return new Closed(
                "c-1",
                "192.0.2.7",
                Optional.of("user:7"),
                code,
                new CloseReason(CloseReason.BROKEN, "gone"),
                4096);
    }

    @Test
    void events_ofEachKind_areRecordedWithTheirFigures() throws Exception {
        List<RecordedEvent> events =
                recorded(
                        () -> {
                            recorder.moved(17, Duration.ofMillis(3));
                            recorder.moved(0, Duration.ofMillis(1));
                            recorder.caughtUp(
                                    new CaughtUp(
                                            "c-1", "192.0.2.7", 50, 20, Duration.ofSeconds(2)));
                            recorder.closed(closed(Optional.of(ErrorCode.STALLED)));
                            recorder.closed(closed(Optional.empty()));
                            recorder.snapshotSent(
                                    new SnapshotSent(
                                            "c-1",
                                            "192.0.2.7",
                                            "inventory",
                                            450,
                                            Duration.ofSeconds(1)));
                        });

        assertEquals(
                List.of("RelayRound", "CatchUp", "SlowClientClosed", "Snapshot"),
                events.stream()
                        .map(e -> e.getEventType().getName().replaceFirst(".*\\.", ""))
                        .toList(),
                "idle rounds and clients that left are left out");
        assertEquals(17, events.get(0).getInt("rows"));
        assertEquals(Duration.ofMillis(3), events.get(0).getDuration("took"));
        assertEquals(20, events.get(1).getLong("notifications"));
        assertEquals(4096, events.get(2).getLong("pendingBytes"));
        assertEquals("inventory", events.get(3).getString("subscription"));
        assertEquals(450, events.get(3).getLong("rows"));
    }

    @Test
    void server_thatMovesAChange_recordsTheRound() throws Exception {
        try (var watched = new ServerUnderWatch(dir.resolve("data"))) {
            List<RecordedEvent> events =
                    recorded(
                            () -> {
                                watched.database()
                                        .execute(
                                                "INSERT INTO locations (name) VALUES ('A'), ('B')");
                                String grace = watched.token("grace");
                                await().atMost(Duration.ofSeconds(60))
                                        .until(
                                                () ->
                                                        watched.send("GET", "/metrics", grace)
                                                                .body()
                                                                .contains(
                                                                        "resource=\"locations\"}"
                                                                                + " 2.0"));
                            });
            int rows =
                    events.stream()
                            .filter(e -> e.getEventType().getName().endsWith("RelayRound"))
                            .mapToInt(e -> e.getInt("rows"))
                            .sum();
            // those of the accounts, just made, may be among them
            assertTrue(rows >= 2, "rows: " + rows);
        }
    }
}
