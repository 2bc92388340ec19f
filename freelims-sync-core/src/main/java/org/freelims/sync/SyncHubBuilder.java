package org.freelims.sync;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.random.RandomGenerator;
import org.freelims.sync.access.AccessPolicy;
import org.freelims.sync.access.Authenticator;
import org.freelims.sync.access.ResourceCatalog;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.log.SnapshotSource;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.session.HubListener;
import org.freelims.sync.session.Limits;
import org.freelims.sync.session.Node;
import org.jspecify.annotations.Nullable;

/** Collects what a {@link SyncHub} works with. Not thread-safe. */
public final class SyncHubBuilder {
    private @Nullable ChangeLog log;
    private @Nullable SnapshotSource snapshots;
    private @Nullable ResourceCatalog catalog;
    private @Nullable HubThreads threads;
    private Authenticator authenticator = Authenticator.none();
    private AccessPolicy accessPolicy = AccessPolicy.everything();
    private boolean allowAnonymous;
    private Limits limits = Limits.defaults();
    private RandomGenerator random = RandomGenerator.getDefault();
    private HubListener listener = new HubListener() {};

    SyncHubBuilder() {}

    /** The history that is served. Required. */
    public SyncHubBuilder log(ChangeLog log) {
        this.log = requireNonNull(log, "log");
        return this;
    }

    /** Where rows come from; without it, {@code from: snapshot} is refused. */
    public SyncHubBuilder snapshots(SnapshotSource snapshots) {
        this.snapshots = requireNonNull(snapshots, "snapshots");
        return this;
    }

    /**
     * Which resources there are; without it, any name that the view allows may be subscribed to.
     */
    public SyncHubBuilder catalog(ResourceCatalog catalog) {
        this.catalog = requireNonNull(catalog, "catalog");
        return this;
    }

    /** Who a token belongs to; without it, no token is good. */
    public SyncHubBuilder authenticator(Authenticator authenticator) {
        this.authenticator = requireNonNull(authenticator, "authenticator");
        return this;
    }

    /** What somebody may see; without it, whoever is signed in sees everything. */
    public SyncHubBuilder accessPolicy(AccessPolicy accessPolicy) {
        this.accessPolicy = requireNonNull(accessPolicy, "accessPolicy");
        return this;
    }

    /** Whether clients are served that show no token, as {@code Principal.ANONYMOUS}; false. */
    public SyncHubBuilder allowAnonymous(boolean allow) {
        this.allowAnonymous = allow;
        return this;
    }

    /** What clients may do; {@link Limits#defaults}. */
    public SyncHubBuilder limits(Limits limits) {
        this.limits = requireNonNull(limits, "limits");
        return this;
    }

    /** What the hub runs on. Required: it starts no thread by itself. */
    public SyncHubBuilder threads(HubThreads threads) {
        this.threads = requireNonNull(threads, "threads");
        return this;
    }

    /** Who is told what the hub does; nobody. */
    public SyncHubBuilder listener(HubListener listener) {
        this.listener = requireNonNull(listener, "listener");
        return this;
    }

    /** Where jitter comes from; the default generator. */
    public SyncHubBuilder random(RandomGenerator random) {
        this.random = requireNonNull(random, "random");
        return this;
    }

    /**
     * Returns a hub that will follow the log from its present head.
     *
     * @throws IllegalStateException if the log or the threads are missing
     * @throws SyncException {@code UNAVAILABLE} if the log can't be read
     */
    public SyncHub build() {
        if (log == null || threads == null) {
            throw new IllegalStateException(
                    "a hub needs a log and threads: call log() and threads()");
        }
        return new SyncHub(
                new Node(
                        new Node.Parts(
                                log,
                                Optional.ofNullable(snapshots),
                                Optional.ofNullable(catalog),
                                authenticator,
                                accessPolicy,
                                allowAnonymous,
                                limits,
                                threads.loop(),
                                threads.blocking(),
                                threads.scheduler(),
                                random,
                                listener)));
    }
}
