package org.freelims.sync.server.tyrus;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.freelims.sync.SyncHub;
import org.freelims.sync.server.security.TlsCertificate;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.grizzly.http.server.NetworkListener;

/**
 * The server on one port: the sync protocol at {@code /sync}, other WebSocket routes, REST and
 * static files. Thread-safe.
 *
 * <pre>{@code
 * SyncServer server = SyncServer.builder().port(8001).hub(hub).mount("/api", resources).build().start();
 * }</pre>
 *
 * <p>It is built, started once and closed once. The hub is the application's to start before it;
 * {@link #close} closes the hub, so that clients hear of it while the port is still open.
 */
public final class SyncServer implements AutoCloseable {
    private static final Logger LOG = System.getLogger(SyncServer.class.getName());

    /** How often the files of the TLS certificate are looked at. */
    private static final int REFRESH_SECONDS = 2;

    /** The parts that were built to fit each other. */
    record Parts(
            String host,
            int port,
            HttpServer http,
            NetworkListener listener,
            DoorFilter door,
            Visitors visitors,
            TyrusSessions sessions,
            SyncHub hub,
            ExecutorService blocking,
            ScheduledExecutorService timer,
            Duration closeTimeout,
            Optional<TlsCertificate> tls,
            List<AutoCloseable> closeables) {
        Parts {
            closeables = List.copyOf(closeables);
        }
    }

    private enum State {
        BUILT,
        STARTED,
        CLOSED
    }

    private final Parts parts;
    private State state = State.BUILT; // guarded by this

    SyncServer(Parts parts) {
        this.parts = requireNonNull(parts, "parts");
    }

    /** Returns a builder. */
    public static SyncServerBuilder builder() {
        return new SyncServerBuilder();
    }

    /**
     * Opens the port.
     *
     * @return this
     * @throws IllegalStateException if it was started before
     * @throws UncheckedIOException if the port can't be opened; the message says what to do. All
     *     that the server had taken is released then, but not the hub
     */
    public synchronized SyncServer start() {
        if (state != State.BUILT) {
            throw new IllegalStateException("a server is started once");
        }
        state = State.STARTED;
        try {
            parts.http().start();
        } catch (IOException | RuntimeException e) {
            state = State.CLOSED;
            release();
            throw new UncheckedIOException(explained(e));
        }
        parts.visitors().watch(parts.timer());
        parts.tls().ifPresent(this::watch);
        return this;
    }

    private void watch(TlsCertificate certificate) {
        Future<?> unused =
                parts.timer()
                        .scheduleWithFixedDelay(
                                certificate::refresh,
                                REFRESH_SECONDS,
                                REFRESH_SECONDS,
                                TimeUnit.SECONDS);
    }

    private IOException explained(Exception e) {
        String where = parts.host() + ":" + parts.port();
        if (e instanceof BindException || e.getCause() instanceof BindException) {
            IOException bind =
                    new BindException(
                            "The address "
                                    + where
                                    + " can't be used: "
                                    + e.getMessage()
                                    + ". If another program uses the port, stop that or choose"
                                    + " another port; if the address is not this machine's, choose"
                                    + " one that is. Ports below 1024 need special rights.");
            bind.initCause(e);
            return bind;
        }
        return new IOException("The server can't listen on " + where + ": " + e.getMessage(), e);
    }

    /**
     * Returns the port; if 0 was asked for, the one that was given.
     *
     * @throws IllegalStateException if the server is not started
     */
    public synchronized int port() {
        if (state != State.STARTED) {
            throw new IllegalStateException("the server is not running");
        }
        return parts.listener().getPort();
    }

    /** Returns how many WebSockets are open or being opened. */
    public int connections() {
        return parts.visitors().open();
    }

    /**
     * Refuses new clients, closes the hub so that every client is told to come back and closed with
     * 1001 (rule 13), waits for them up to the close timeout, then closes the port. Idempotent.
     */
    @Override
    public void close() {
        synchronized (this) {
            if (state == State.CLOSED) {
                return;
            }
            if (state == State.BUILT) {
                state = State.CLOSED;
                release();
                return;
            }
            state = State.CLOSED;
        }
        parts.door().shut();
        parts.hub().close();
        awaitClients();
        release();
    }

    private void awaitClients() {
        long deadline = System.nanoTime() + parts.closeTimeout().toNanos();
        try {
            while (parts.visitors().open() > 0 && System.nanoTime() - deadline < 0) {
                TimeUnit.MILLISECONDS.sleep(5);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void release() {
        for (AutoCloseable closeable : parts.closeables()) {
            try {
                closeable.close();
            } catch (Exception e) {
                LOG.log(Level.WARNING, "Something mounted on the server did not close.", e);
            }
        }
        parts.visitors().terminateAll();
        parts.http().shutdownNow();
        parts.sessions().close();
        parts.blocking().shutdownNow();
        parts.timer().shutdownNow();
    }
}
