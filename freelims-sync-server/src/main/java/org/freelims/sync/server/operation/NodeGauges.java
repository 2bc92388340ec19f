package org.freelims.sync.server.operation;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.freelims.sync.server.operation.Health.Check;
import org.freelims.sync.server.postgres.RelayStatus;
import org.freelims.sync.session.NodeStats;

/** What a node, its relay and its log are at, in a Micrometer registry. Thread-safe. */
final class NodeGauges {
    private static final String BYTES = "bytes";

    private final MeterRegistry registry;
    private final NodeWatch watch;
    private final Supplier<NodeStats> hub;

    /** Registers the meters. */
    NodeGauges(MeterRegistry registry, NodeWatch watch, Supplier<NodeStats> hub) {
        this.registry = registry;
        this.watch = watch;
        this.hub = hub;
        hub();
        log();
        health();
    }

    private void hub() {
        ofHub("connections", "", "Open connections", NodeStats::sessions);
        ofHub("subscriptions", "", "Subscriptions", NodeStats::subscriptions);
        ofHub(
                "subscriptions.behind",
                "",
                "Subscriptions that are not level with what is dispatched",
                NodeStats::catchingUp);
        ofHub("feeds", "", "Feeds: what is filtered and encoded once", NodeStats::feeds);
        ofHub(
                "pending",
                BYTES,
                "Accepted for clients and not handed to the operating system",
                NodeStats::pendingBytes);
        ofHub("recent", BYTES, "Heap held by recent changes", NodeStats::recentBytes);
        ofHub(
                "position",
                "",
                "Offset of the last change dispatched",
                stats -> stats.position().offset());
        FunctionCounter.builder("freelims.sync.log.reads", hub, h -> h.get().logReads())
                .description("Reads of the log for clients further behind than memory reaches")
                .register(registry);
    }

    private void log() {
        ofLog("log.head", "", "Offset of the newest change", s -> s.head().offset());
        ofLog(
                "log.oldest",
                "",
                "Offset of the oldest position that can be resumed from",
                s -> s.oldest().offset());
        ofLog(
                "log.behind",
                "",
                "Changes in the log that this node has yet to dispatch",
                s -> Math.max(0, s.head().offset() - hub.get().position().offset()));
        ofLog("relay.waiting", "", "Committed changes not in the log yet", RelayStatus::waiting);
        ofLog(
                "relay.lag",
                "seconds",
                "How long ago the oldest committed change not in the log yet was made",
                s -> s.lag().map(Duration::toMillis).orElse(0L) / 1000.0);
        gauge(
                "database.size",
                BYTES,
                "The database on its disk, the log and the application's tables together",
                () -> watch.databaseBytes());
    }

    private void health() {
        for (Check check : watch.health().checks()) {
            Gauge.builder("freelims.sync.up", () -> isUp(check.name()) ? 1 : 0)
                    .description("1 if this is well, as /health/ready has it; otherwise 0")
                    .tag("check", check.name())
                    .register(registry);
        }
    }

    private boolean isUp(String name) {
        return watch.health().checks().stream()
                .filter(check -> check.name().equals(name))
                .allMatch(Check::up);
    }

    private void ofHub(
            String name, String unit, String description, ToDoubleFunction<NodeStats> value) {
        gauge(name, unit, description, () -> value.applyAsDouble(hub.get()));
    }

    private void ofLog(
            String name, String unit, String description, ToDoubleFunction<RelayStatus> value) {
        gauge(
                name,
                unit,
                description,
                () -> watch.status().map(value::applyAsDouble).orElse(Double.NaN));
    }

    private void gauge(String name, String unit, String description, Supplier<Number> value) {
        Gauge.Builder<Supplier<Number>> gauge =
                Gauge.builder("freelims.sync." + name, value).description(description);
        (unit.isEmpty() ? gauge : gauge.baseUnit(unit)).register(registry);
    }
}
