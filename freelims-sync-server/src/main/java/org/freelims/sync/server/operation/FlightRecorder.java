package org.freelims.sync.server.operation;

import java.time.Duration;
import java.util.Optional;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.server.postgres.RelayListener;
import org.freelims.sync.session.HubListener;

/**
 * Writes what takes long into Java's flight recorder, where somebody records. Give it to a hub and
 * to a relay as their listener. Thread-safe.
 */
public final class FlightRecorder implements HubListener, RelayListener {
    @Override
    public void moved(int rows, Duration took) {
        var event = new RelayRound();
        if (rows > 0 && event.isEnabled()) {
            event.rows = rows;
            event.took = took.toNanos();
            event.commit();
        }
    }

    @Override
    public void caughtUp(CaughtUp caughtUp) {
        var event = new CatchUp();
        if (event.isEnabled()) {
            event.connection = caughtUp.session();
            event.address = caughtUp.remoteAddress();
            event.changes = caughtUp.changes();
            event.notifications = caughtUp.notifications();
            event.took = caughtUp.took().toNanos();
            event.commit();
        }
    }

    @Override
    public void closed(Closed closed) {
        var event = new SlowClientClosed();
        if (closed.code().equals(Optional.of(ErrorCode.STALLED)) && event.isEnabled()) {
            event.connection = closed.session();
            event.address = closed.remoteAddress();
            event.pendingBytes = closed.pendingBytes();
            event.commit();
        }
    }

    @Override
    public void snapshotSent(SnapshotSent sent) {
        var event = new Snapshot();
        if (event.isEnabled()) {
            event.connection = sent.session();
            event.address = sent.remoteAddress();
            event.subscription = sent.to();
            event.rows = sent.rows();
            event.took = sent.took().toNanos();
            event.commit();
        }
    }

    @Name("org.freelims.sync.RelayRound")
    @Label("Relay round")
    @Description("The relay moved changes into the log")
    @Category("FreeLIMS Sync")
    @StackTrace(false)
    static final class RelayRound extends Event {
        int rows;
        @Timespan long took;
    }

    @Name("org.freelims.sync.CatchUp")
    @Label("Catch-up")
    @Description("A client that was behind is live again")
    @Category("FreeLIMS Sync")
    @StackTrace(false)
    static final class CatchUp extends Event {
        String connection = "";
        String address = "";
        long changes;
        long notifications;
        @Timespan long took;
    }

    @Name("org.freelims.sync.SlowClientClosed")
    @Label("Slow client closed")
    @Description("A client took nothing for the stall timeout and was cut")
    @Category("FreeLIMS Sync")
    @StackTrace(false)
    static final class SlowClientClosed extends Event {
        String connection = "";
        String address = "";
        @DataAmount long pendingBytes;
    }

    @Name("org.freelims.sync.Snapshot")
    @Label("Snapshot")
    @Description("A snapshot was sent to its end")
    @Category("FreeLIMS Sync")
    @StackTrace(false)
    static final class Snapshot extends Event {
        String connection = "";
        String address = "";
        String subscription = "";
        long rows;
        @Timespan long took;
    }
}
