package org.freelims.sync.server.console;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.freelims.sync.log.Change;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.server.postgres.Publisher;
import org.freelims.sync.session.HubListener;
import org.jdbi.v3.core.Jdbi;

/**
 * A change that is no row of any table, sent the whole way: committed to the outbox, moved by the
 * relay, read from the log, dispatched by this node's hub. Thread-safe.
 */
final class TestNotification implements HubListener {
    static final String RESOURCE = "console_test";

    private final Map<String, CompletableFuture<Long>> underWay = new ConcurrentHashMap<>();

    /**
     * Publishes one.
     *
     * @param by who asked for it
     * @return how long it took from before its transaction to its dispatch, when it has come there
     */
    CompletableFuture<Duration> send(Jdbi jdbi, Publisher publisher, String by) {
        String id = UUID.randomUUID().toString();
        var dispatched = new CompletableFuture<Long>();
        underWay.put(id, dispatched);
        String data =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("message", "A test from the console")
                        .put("by", by)
                        .toString();
        long began = System.nanoTime();
        try {
            jdbi.useTransaction(
                    handle -> publisher.publish(handle, RESOURCE, id, Action.CREATE, data, "{}"));
        } catch (RuntimeException e) {
            underWay.remove(id);
            throw e;
        }
        return dispatched
                .thenApply(at -> Duration.ofNanos(at - began))
                .whenComplete((took, error) -> underWay.remove(id));
    }

    @Override
    public void dispatched(Change change, int deliveries) {
        if (change.resource().equals(RESOURCE)) {
            CompletableFuture<Long> waiting = underWay.get(change.id());
            if (waiting != null) {
                waiting.complete(System.nanoTime());
            }
        }
    }
}
