package org.freelims.sync.client;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.freelims.sync.client.transport.ClientTransport;
import org.freelims.sync.client.transport.ConnectRequest;
import org.jspecify.annotations.Nullable;

/** Settings of a {@link SyncClient}; only the address is needed. Not thread-safe. */
public final class SyncClientBuilder {
    private @Nullable URI uri;
    private final Map<String, String> headers = new HashMap<>();
    private @Nullable Supplier<String> token;
    private @Nullable ClientTransport transport;
    private CursorStore cursors = CursorStore.none();
    private Backoff backoff = Backoff.DEFAULT;
    private Duration connectTimeout = Duration.ofSeconds(10);
    private long pendingBytes = 1 << 20;
    private Executor executor = DefaultThreads.EXECUTOR;
    private Scheduler scheduler = DefaultThreads.SCHEDULER;
    private Clock clock = Clock.systemUTC();
    private @Nullable RandomGenerator random;
    private Consumer<ClientEvent> listener = new EventLog();

    SyncClientBuilder() {}

    /**
     * Sets the server's address, such as {@code ws://localhost:8001/sync}. {@code http} and {@code
     * https} are taken for {@code ws} and {@code wss}; the path is {@code /sync} if there is none.
     *
     * @throws IllegalArgumentException if it has no host or another scheme
     */
    public SyncClientBuilder uri(URI address) {
        this.uri = ConnectRequest.endpoint(address);
        return this;
    }

    /** As {@link #uri(URI)}. */
    public SyncClientBuilder uri(String address) {
        return uri(URI.create(address));
    }

    /** Signs in with this token. The client ends when the server refuses it. */
    public SyncClientBuilder token(String fixed) {
        requireNonNull(fixed, "token");
        return token(() -> fixed);
    }

    /**
     * Signs in with what {@code supplier} returns. It is asked before each connection, and again
     * before a token's time is over. It is called on the executor and may block; if it throws, it
     * is asked again after a growing delay. The client ends when it returns a token that the server
     * has just refused.
     */
    public SyncClientBuilder token(Supplier<String> supplier) {
        this.token = requireNonNull(supplier, "supplier");
        return this;
    }

    /** Adds a header to the handshake, for what stands before the server. */
    public SyncClientBuilder header(String name, String value) {
        headers.put(requireNonNull(name, "name"), requireNonNull(value, "value"));
        return this;
    }

    /** Sets how to connect; {@link ClientTransport#jdk()} if not set. */
    public SyncClientBuilder transport(ClientTransport chosen) {
        this.transport = requireNonNull(chosen, "transport");
        return this;
    }

    /** Sets where positions are kept; {@link CursorStore#none()} if not set. */
    public SyncClientBuilder cursorStore(CursorStore store) {
        this.cursors = requireNonNull(store, "store");
        return this;
    }

    /**
     * Sets the delays between attempts to connect, to get a token, to subscribe and to call a
     * handler again; {@link Backoff#DEFAULT} if not set.
     */
    public SyncClientBuilder backoff(Backoff delays) {
        this.backoff = requireNonNull(delays, "delays");
        return this;
    }

    /** Sets how long connecting, and signing in, may take; 10 seconds if not set. */
    public SyncClientBuilder connectTimeout(Duration timeout) {
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout must be > 0 but was " + timeout);
        }
        this.connectTimeout = timeout;
        return this;
    }

    /**
     * Sets about how much of the heap may be taken by messages that wait for slow handlers; 1 MiB
     * if not set. Above it the client stops reading until half of it is free. As much may wait for
     * each subscriber of {@link SyncClient#notifications} besides.
     */
    public SyncClientBuilder pendingBytes(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("pendingBytes must be >= 1 but was " + bytes);
        }
        this.pendingBytes = bytes;
        return this;
    }

    /**
     * Sets what handlers, the listener and the token supplier run on; they may block. If not set,
     * on daemon threads that all clients share, as many as are needed.
     */
    public SyncClientBuilder executor(Executor chosen) {
        this.executor = requireNonNull(chosen, "executor");
        return this;
    }

    /** Sets what timers run on; one daemon thread that all clients share if not set. */
    public SyncClientBuilder scheduler(Scheduler chosen) {
        this.scheduler = requireNonNull(chosen, "scheduler");
        return this;
    }

    /** Sets the clock by which tokens expire; the system's if not set. */
    public SyncClientBuilder clock(Clock chosen) {
        this.clock = requireNonNull(chosen, "clock");
        return this;
    }

    /** Sets where the jitter of delays comes from. It is used by one thread at a time. */
    public SyncClientBuilder random(RandomGenerator chosen) {
        this.random = requireNonNull(chosen, "random");
        return this;
    }

    /**
     * Sets who hears of the client's own events, one after another on the executor, possibly while
     * a handler runs. If not set, they go to the log of {@code org.freelims.sync.client}.
     */
    public SyncClientBuilder listener(Consumer<ClientEvent> chosen) {
        this.listener = requireNonNull(chosen, "listener");
        return this;
    }

    /**
     * Returns a client, which does nothing before {@link SyncClient#connect}.
     *
     * @throws IllegalStateException if there is no address
     */
    public SyncClient build() {
        if (uri == null) {
            throw new IllegalStateException("a client needs uri(...), the address of its server");
        }
        return new ResumingClient(
                new ClientSettings(
                        uri,
                        Map.copyOf(headers),
                        token,
                        transport == null ? ClientTransport.jdk() : transport,
                        cursors,
                        backoff,
                        connectTimeout,
                        pendingBytes,
                        executor,
                        scheduler,
                        clock,
                        random == null ? new SplittableRandom() : random,
                        listener));
    }
}
