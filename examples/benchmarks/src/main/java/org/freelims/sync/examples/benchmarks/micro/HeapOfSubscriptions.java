package org.freelims.sync.examples.benchmarks.micro;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.session.Limits;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.InMemoryConnection;

/**
 * How much heap a distinct subscription takes, all that the hub keeps for it included: {@code
 * HeapOfSubscriptions [SUBSCRIPTIONS]}, 1,000,000 if not said, a thousand on each of as many
 * connections, none asking for what another does. Measured as growth after a full collection.
 */
public final class HeapOfSubscriptions {
    private static final int A_CONNECTION = 1000;
    private static final int CAP_BYTES = 4 << 20;

    private HeapOfSubscriptions() {}

    /** Prints a line for each kind of subscription. */
    public static void main(String[] args) throws InterruptedException {
        int subscriptions = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
        if (subscriptions < A_CONNECTION) {
            System.err.println("usage: HeapOfSubscriptions [SUBSCRIPTIONS, 1000 or more]");
            System.exit(2);
        }
        measure("inventory/<id>", subscriptions, i -> "inventory/" + i);
        measure("inventory?location_id=<id>", subscriptions, i -> "inventory?location_id=" + i);
        measure(
                "inventory?location_id=<id>&quantity<10",
                subscriptions,
                i -> "inventory?location_id=" + i + "&quantity<10");
    }

    private static void measure(String kind, int subscriptions, IntFunction<String> expression)
            throws InterruptedException {
        try (HubThreads threads = HubThreads.start()) {
            SyncHub hub =
                    SyncHub.builder()
                            .log(ChangeLog.inMemory(1))
                            .threads(threads)
                            .allowAnonymous(true)
                            .limits(
                                    Limits.builder()
                                            .maxSubscriptions(A_CONNECTION)
                                            .maxQueuedMessages(2 * A_CONNECTION)
                                            .build())
                            .build();
            hub.start();
            AtomicInteger answered = new AtomicInteger();
            List<InMemoryConnection> connections = new ArrayList<>();
            long before = heapBytes();
            for (int first = 0; first < subscriptions; first += A_CONNECTION) {
                connections.add(subscribe(hub, expression, first, answered));
            }
            long bytes = heapBytes() - before;
            System.out.printf(
                    Locale.ROOT,
                    "%-42s %,d subscriptions, %,d feeds: %.0f bytes of heap each%n",
                    kind,
                    answered.get(),
                    hub.stats().feeds(),
                    bytes / (double) answered.get());
            connections.forEach(InMemoryConnection::terminate);
            hub.close();
        }
    }

    private static InMemoryConnection subscribe(
            SyncHub hub, IntFunction<String> expression, int first, AtomicInteger answered)
            throws InterruptedException {
        CountDownLatch all = new CountDownLatch(A_CONNECTION);
        InMemoryConnection connection =
                InMemoryConnection.open(
                        "c" + first,
                        CAP_BYTES,
                        Runnable::run,
                        made -> hub.open(made, Optional.empty()),
                        new Answers(all, answered));
        for (int i = first; i < first + A_CONNECTION; i++) {
            connection.send(
                    "{\"type\":\"subscribe\",\"id\":1,\"to\":\""
                            + expression.apply(i)
                            + "\",\"from\":\"now\"}");
        }
        if (!all.await(1, TimeUnit.MINUTES)) {
            throw new IllegalStateException(all.getCount() + " subscriptions were not answered");
        }
        return connection;
    }

    private record Answers(CountDownLatch awaited, AtomicInteger count)
            implements InMemoryConnection.Receiver {
        @Override
        public void onText(String text) {
            if (text.startsWith("{\"type\":\"subscribed\"")) {
                count.incrementAndGet();
                awaited.countDown();
            }
        }

        @Override
        public void onClosed(CloseReason reason) {}
    }

    /** Returns the heap in use after a full collection. */
    private static long heapBytes() {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        memory.gc();
        return memory.getHeapMemoryUsage().getUsed();
    }
}
