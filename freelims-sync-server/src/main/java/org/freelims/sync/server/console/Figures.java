package org.freelims.sync.server.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.freelims.sync.server.operation.Health;
import org.freelims.sync.server.operation.Health.Check;
import org.freelims.sync.server.operation.NodeWatch;
import org.freelims.sync.server.operation.SyncMetrics;
import org.freelims.sync.server.postgres.RelayStatus;
import org.freelims.sync.session.NodeStats;

/**
 * What the console's tiles and charts show. Counts only rise; the page makes rates of them.
 * Thread-safe; asks nobody.
 */
final class Figures {
    private final Console.Sources sources;

    Figures(Console.Sources sources) {
        this.sources = sources;
    }

    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("version", sources.version());
        json.put("uptimeMs", ManagementFactory.getRuntimeMXBean().getUptime());
        NodeStats stats = sources.hub().stats();
        health(json.putObject("health"));
        hub(json.putObject("hub"), stats);
        log(json.putObject("log"), stats);
        latency(json.putArray("latency"));
        return json;
    }

    private void health(ObjectNode json) {
        Health health = sources.operation().watch().health();
        json.put("ready", health.ready());
        ArrayNode checks = json.putArray("checks");
        for (Check check : health.checks()) {
            checks.addObject()
                    .put("name", check.name())
                    .put("up", check.up())
                    .put("reason", check.reason());
        }
    }

    private void hub(ObjectNode json, NodeStats stats) {
        json.put("connections", stats.sessions());
        json.put("subscriptions", stats.subscriptions());
        json.put("behind", stats.catchingUp());
        json.put("feeds", stats.feeds());
        json.put("changes", stats.dispatched());
        json.put("deliveries", sources.operation().metrics().deliveries());
        json.put("pendingBytes", stats.pendingBytes());
    }

    private void log(ObjectNode json, NodeStats stats) {
        NodeWatch watch = sources.operation().watch();
        watch.status().ifPresent(status -> log(json, stats, status));
        if (!Double.isNaN(watch.databaseBytes())) {
            json.put("databaseBytes", watch.databaseBytes());
        }
    }

    private static void log(ObjectNode json, NodeStats stats, RelayStatus status) {
        long head = status.head().offset();
        json.put("head", head);
        json.put("kept", head - status.oldest().offset());
        json.put("behind", Math.max(0, head - stats.position().offset()));
        json.put("waiting", status.waiting());
        json.put("lagMs", status.lag().map(Duration::toMillis).orElse(0L));
    }

    /** How many changes took no longer than so many seconds; the last bound is none. */
    private void latency(ArrayNode json) {
        SyncMetrics metrics = sources.operation().metrics();
        metrics.latencies()
                .forEach(
                        (bound, count) ->
                                json.addObject()
                                        .put("ms", bound.toNanos() / 1e6)
                                        .put("count", count));
        json.addObject().putNull("ms").put("count", metrics.timed());
    }
}
