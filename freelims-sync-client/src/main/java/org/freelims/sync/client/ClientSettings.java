package org.freelims.sync.client;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.freelims.sync.client.transport.ClientTransport;
import org.jspecify.annotations.Nullable;

/** What {@link SyncClientBuilder} collected. Immutable. */
record ClientSettings(
        URI uri,
        Map<String, String> headers,
        @Nullable Supplier<String> token,
        ClientTransport transport,
        CursorStore cursors,
        Backoff backoff,
        Duration connectTimeout,
        long pendingBytes,
        Executor executor,
        Scheduler scheduler,
        Clock clock,
        RandomGenerator random,
        Consumer<ClientEvent> listener) {}
