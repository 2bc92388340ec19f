package org.freelims.sync.server.operation;

import java.util.function.BiConsumer;
import org.freelims.sync.server.postgres.RelayListener;
import org.glassfish.grizzly.http.server.HttpHandler;

/**
 * What a server shows of itself to those who run it. Made before the parts that it listens to,
 * started after them. Thread-safe.
 */
public final class Operation implements AutoCloseable {
    private final NodeWatch watch = new NodeWatch();

    /** Returns who is to be told what the relay does. */
    public RelayListener relayListener() {
        return watch;
    }

    /** Starts to look after the parts; call it once. */
    public void start(NodeWatch.Sources sources) {
        watch.start(sources);
    }

    /** The server is going down: {@code /health/ready} says so from now on. */
    public void closing() {
        watch.closing();
    }

    /** Hands over what is to be served, each with its path. */
    public void mountOn(BiConsumer<String, HttpHandler> server) {
        server.accept("/health/*", new HealthHandler(watch::health));
    }

    @Override
    public void close() {
        watch.close();
    }
}
