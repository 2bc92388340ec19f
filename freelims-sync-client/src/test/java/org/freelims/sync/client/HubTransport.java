package org.freelims.sync.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.Principal;
import org.freelims.sync.client.transport.ClientConnection;
import org.freelims.sync.client.transport.ClientConnectionListener;
import org.freelims.sync.client.transport.ClientTransport;
import org.freelims.sync.client.transport.ConnectRequest;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.InMemoryConnection;

/** A way to a hub in virtual time: messages take a while, and connections can be cut. */
final class HubTransport implements ClientTransport {
    private static final int MOST_UNREAD = 8;

    private final SyncHub hub;
    private final VirtualTime time;
    private final RandomGenerator random;
    private final Set<Line> lines = new HashSet<>();
    private int number;

    HubTransport(SyncHub hub, VirtualTime time, RandomGenerator random) {
        this.hub = hub;
        this.time = time;
        this.random = random;
    }

    @Override
    public CompletableFuture<ClientConnection> connect(
            ConnectRequest request, ClientConnectionListener listener) {
        Line line = new Line(listener);
        lines.add(line);
        line.end =
                InMemoryConnection.open(
                        "c" + ++number,
                        hub.limits().pendingBytes(),
                        time,
                        connection ->
                                hub.open(
                                        connection,
                                        Optional.of(
                                                new Principal(
                                                        "user:7", Set.of(), Optional.empty()))),
                        line);
        return CompletableFuture.completedFuture(line);
    }

    /** Breaks every connection; what is on its way is lost. */
    void cut() {
        for (Line line : Set.copyOf(lines)) {
            line.broken();
        }
    }

    private final class Line implements ClientConnection, InMemoryConnection.Receiver {
        private final ClientConnectionListener listener;
        private final ArrayDeque<String> unread = new ArrayDeque<>();
        private @org.jspecify.annotations.Nullable InMemoryConnection end;
        private long demand;
        private boolean arriving;
        private boolean over;

        Line(ClientConnectionListener listener) {
            this.listener = listener;
        }

        private InMemoryConnection end() {
            return java.util.Objects.requireNonNull(end);
        }

        void broken() {
            if (!over) {
                abort();
                listener.onClosed(new CloseReason(CloseReason.BROKEN, ""));
            }
        }

        @Override
        public void onText(String text) {
            unread.add(text);
            if (unread.size() == MOST_UNREAD) {
                end().pause();
            }
            arrive();
        }

        @Override
        public void onClosed(CloseReason reason) {
            broken();
        }

        /** Lets the next message arrive a little later. */
        private void arrive() {
            if (arriving || over || demand == 0 || unread.isEmpty()) {
                return;
            }
            arriving = true;
            var unused =
                    time.scheduler()
                            .after(
                                    Duration.ofMillis(random.nextInt(20)),
                                    () -> {
                                        arriving = false;
                                        if (!over) {
                                            demand--;
                                            listener.onText(unread.remove());
                                            end().resume();
                                            arrive();
                                        }
                                    });
        }

        @Override
        public void request(int messages) {
            demand += messages;
            arrive();
        }

        @Override
        public void send(String text) {
            end().send(text);
        }

        @Override
        public void close(CloseReason reason) {
            abort();
        }

        @Override
        public void abort() {
            over = true;
            lines.remove(this);
            end().disconnect(new CloseReason(CloseReason.BROKEN, ""));
        }
    }
}
