package org.freelims.sync;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.freelims.sync.access.Principal;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.session.Limits;
import org.freelims.sync.session.Node;
import org.freelims.sync.session.NodeReport;
import org.freelims.sync.session.NodeStats;
import org.freelims.sync.transport.Connection;
import org.freelims.sync.transport.ConnectionListener;

/**
 * One node's heart: it follows a change log and serves every connection that transports hand it.
 * Thread-safe.
 *
 * <pre>{@code
 * SyncHub hub = SyncHub.builder().log(log).snapshots(snapshots).authenticator(tokens).threads(threads).build();
 * hub.start();
 * }</pre>
 *
 * <p>A hub is built, started once, and closed once. Its log, snapshots and threads are the
 * application's to close, after it.
 */
public final class SyncHub implements AutoCloseable {
    private static final long CLOSE_SECONDS = 5;

    private final Node node;

    SyncHub(Node node) {
        this.node = node;
    }

    /** Returns a builder. */
    public static SyncHubBuilder builder() {
        return new SyncHubBuilder();
    }

    /** Starts to follow the log. Call it once, before connections come. */
    public void start() {
        node.start();
    }

    /**
     * Takes a new connection over.
     *
     * @param principal who the handshake showed it to be, if it did
     * @return what the transport tells of the connection from now on
     */
    public ConnectionListener open(Connection connection, Optional<Principal> principal) {
        return node.open(connection, principal);
    }

    /** Returns what clients may do, for the transports to hold to as well. */
    public Limits limits() {
        return node.limits();
    }

    /** Returns the node's figures, some 250 ms old at most. */
    public NodeStats stats() {
        return node.stats();
    }

    /**
     * Returns who is connected and to what they subscribe, for an administrator to look at. It
     * takes the hub's loop a moment for each connection.
     *
     * @param most how many connections and how many feeds are listed, at most
     */
    public CompletableFuture<NodeReport> report(int most) {
        return node.report(most);
    }

    /**
     * Sends every client {@code closing} with {@link ErrorCode#SHUTTING_DOWN}, then closes it with
     * 1001 (rule 13).
     *
     * @return completes when every connection has been asked to close
     */
    public CompletableFuture<Void> shutdown() {
        return node.shutdown();
    }

    /** As {@link #shutdown}, and waits for it, 5 seconds at most. */
    @Override
    public void close() {
        shutdown().completeOnTimeout(null, CLOSE_SECONDS, TimeUnit.SECONDS).join();
    }
}
