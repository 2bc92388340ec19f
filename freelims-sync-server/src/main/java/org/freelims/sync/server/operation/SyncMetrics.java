package org.freelims.sync.server.operation;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.freelims.sync.log.Change;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.server.postgres.RelayListener;
import org.freelims.sync.session.HubListener;
import org.freelims.sync.transport.CloseReason;

/**
 * Counts what a hub and a relay do, in a Micrometer registry. Give it to both as their listener.
 * Thread-safe.
 */
public final class SyncMetrics implements HubListener, RelayListener {
    private static final Duration[] LATENCIES = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30)
    };

    private final MeterRegistry registry;
    private final Clock clock;
    private final ChangeCounters changes;
    private final Counter live;
    private final Counter replayed;
    private final Timer latency;
    private final Counter opened;
    private final MeterProvider<Counter> closed;
    private final MeterProvider<Counter> refusals;
    private final MeterProvider<Counter> handshakes;
    private final Counter overflows;
    private final Timer catchUps;
    private final Timer snapshots;
    private final Counter snapshotRows;
    private final Timer rounds;
    private final Counter moved;
    private final Counter failures;

    /**
     * Registers the meters.
     *
     * @param clock what the times of changes are held against: it should agree with the database's
     */
    public SyncMetrics(MeterRegistry registry, Clock clock) {
        this.registry = requireNonNull(registry, "registry");
        this.clock = requireNonNull(clock, "clock");
        changes = new ChangeCounters(registry);
        MeterProvider<Counter> deliveries =
                tagged(
                        "deliveries",
                        "Notifications given to clients: live, or replayed to those behind");
        live = deliveries.withTag("way", "live");
        replayed = deliveries.withTag("way", "replayed");
        latency =
                Timer.builder("freelims.sync.latency")
                        .description(
                                "From the making of a change to its dispatch, the rest of its"
                                        + " transaction included")
                        .serviceLevelObjectives(LATENCIES)
                        .register(registry);
        opened = counter("connections.opened", "Connections opened");
        closed =
                tagged(
                        "connections.closed",
                        "Connections that ended, by why: a code of the protocol, LEFT or BROKEN");
        refusals = tagged("refusals", "Errors and resyncs sent to clients, by code");
        handshakes = tagged("handshakes.refused", "WebSocket handshakes refused, by HTTP status");
        overflows =
                counter(
                        "overflows",
                        "Times that a client read too slowly and was sent back to the log");
        catchUps = timer("catchups", "Clients that were behind and caught up");
        snapshots = timer("snapshots", "Snapshots sent to their end");
        snapshotRows = counter("snapshots.rows", "Rows read for snapshots");
        rounds = timer("relay.rounds", "Rounds of this node's relay");
        moved = counter("relay.moved", "Changes that this node's relay moved into the log");
        failures = counter("relay.failures", "Rounds of this node's relay that failed");
        registerCodes();
    }

    private Counter counter(String name, String description) {
        return Counter.builder("freelims.sync." + name).description(description).register(registry);
    }

    private MeterProvider<Counter> tagged(String name, String description) {
        return Counter.builder("freelims.sync." + name)
                .description(description)
                .withRegistry(registry);
    }

    private Timer timer(String name, String description) {
        return Timer.builder("freelims.sync." + name).description(description).register(registry);
    }

    /** What has not happened yet is 0 and not absent, so that a rate shows the first one. */
    private void registerCodes() {
        for (ErrorCode code : ErrorCode.values()) {
            closed.withTag("code", code.name());
            refusals.withTag("code", code.name());
        }
        closed.withTag("code", "LEFT");
        closed.withTag("code", "BROKEN");
        for (String status : new String[] {"400", "401", "403", "404", "429", "503"}) {
            handshakes.withTag("status", status);
        }
    }

    @Override
    public void dispatched(Change change, int deliveries) {
        changes.count(change);
        live.increment(deliveries);
        Duration took = Duration.between(change.at(), clock.instant());
        latency.record(took.isNegative() ? Duration.ZERO : took);
    }

    @Override
    public void replayed(int notifications) {
        replayed.increment(notifications);
    }

    @Override
    public void opened() {
        opened.increment();
    }

    @Override
    public void closed(Closed closing) {
        int code = closing.reason().code();
        boolean left = code == CloseReason.NORMAL || code == CloseReason.GOING_AWAY;
        closed.withTag("code", closing.code().map(Enum::name).orElse(left ? "LEFT" : "BROKEN"))
                .increment();
    }

    @Override
    public void refused(ErrorCode code) {
        refusals.withTag("code", code.name()).increment();
    }

    /** A WebSocket handshake was refused with this HTTP status. */
    public void handshakeRefused(int status) {
        handshakes.withTag("status", Integer.toString(status)).increment();
    }

    @Override
    public void overflowed() {
        overflows.increment();
    }

    @Override
    public void caughtUp(CaughtUp caughtUp) {
        catchUps.record(caughtUp.took());
    }

    @Override
    public void snapshotSent(SnapshotSent sent) {
        snapshots.record(sent.took());
        snapshotRows.increment((double) sent.rows());
    }

    @Override
    public void moved(int rows, Duration took) {
        rounds.record(took);
        moved.increment(rows);
    }

    @Override
    public void failed(SyncException e) {
        failures.increment();
    }

    /** Returns what was counted of each resource so far. */
    public Map<String, ResourceCount> changes() {
        return changes.counted();
    }

    /** Returns how many notifications were given to clients so far, live and replayed. */
    public double deliveries() {
        return live.count() + replayed.count();
    }

    /**
     * Returns how many changes so far took no longer than each of the histogram's bounds, which
     * rise.
     */
    public SortedMap<Duration, Double> latencies() {
        var counts = new TreeMap<Duration, Double>();
        for (CountAtBucket bucket : latency.takeSnapshot().histogramCounts()) {
            counts.put(Duration.ofNanos((long) bucket.bucket()), bucket.count());
        }
        return counts;
    }

    /** Returns how many changes were timed so far. */
    public long timed() {
        return latency.count();
    }
}
