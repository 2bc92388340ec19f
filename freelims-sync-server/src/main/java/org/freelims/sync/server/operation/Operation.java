package org.freelims.sync.server.operation;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.DiskSpaceMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.freelims.sync.server.postgres.RelayListener;
import org.freelims.sync.session.HubListener;
import org.glassfish.grizzly.http.server.HttpHandler;

/**
 * What a server shows of itself to those who run it: health, metrics and flight recorder events.
 * Made before the parts that it listens to, started after them. Thread-safe.
 */
public final class Operation implements AutoCloseable {
    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics gc = new JvmGcMetrics();
    private final NodeWatch watch = new NodeWatch();
    private final SyncMetrics metrics = new SyncMetrics(registry, Clock.systemUTC());
    private final Listeners listeners;

    /**
     * @param disk a directory on the disk that may not fill up
     */
    public Operation(Path disk) {
        var recorder = new FlightRecorder();
        listeners = new Listeners(List.of(metrics, recorder), List.of(watch, metrics, recorder));
        gc.bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new DiskSpaceMetrics(disk.toFile()).bindTo(registry);
    }

    /**
     * Returns who is to be told what the hub does.
     *
     * @param further who else wants to be
     */
    public HubListener hubListener(List<HubListener> further) {
        List<HubListener> all = new ArrayList<>(further);
        all.add(listeners);
        return new Listeners(all, List.of());
    }

    /** Returns who is to be told what the relay does. */
    public RelayListener relayListener() {
        return listeners;
    }

    /** Returns what is counted. */
    public SyncMetrics metrics() {
        return metrics;
    }

    /** Returns how the node is. */
    public NodeWatch watch() {
        return watch;
    }

    /** Returns where other parts may register what they count. */
    public MeterRegistry registry() {
        return registry;
    }

    /** Starts to look after the parts; call it once. */
    public void start(NodeWatch.Sources sources) {
        watch.start(sources);
        var unused = new NodeGauges(registry, watch, sources.hub());
    }

    /** The server is going down: {@code /health/ready} says so from now on. */
    public void closing() {
        watch.closing();
    }

    /**
     * Hands over what is to be served, each with its path.
     *
     * @param metricsToken what lets in to {@code /metrics}, besides an administrator's token
     */
    public void mountOn(
            BiConsumer<String, HttpHandler> server, AdminDoor door, Optional<String> metricsToken) {
        server.accept("/health/*", new HealthHandler(watch::health));
        server.accept("/metrics", new MetricsHandler(registry, door, metricsToken));
    }

    @Override
    public void close() {
        watch.close();
        gc.close();
        registry.close();
    }
}
