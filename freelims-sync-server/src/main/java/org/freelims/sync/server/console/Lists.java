package org.freelims.sync.server.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.freelims.sync.server.operation.ResourceCount;
import org.freelims.sync.server.postgres.CapturedTable;
import org.freelims.sync.session.NodeReport;
import org.freelims.sync.session.NodeReport.FeedReport;
import org.freelims.sync.session.NodeReport.SessionReport;

/** What the console's tables show. Thread-safe; asks the hub and the database. */
final class Lists {
    /** Nobody reads more, and the largest come first. */
    private static final int MOST = 100;

    private static final long WAIT_SECONDS = 10;

    private final Console.Sources sources;

    Lists(Console.Sources sources) {
        this.sources = sources;
    }

    ObjectNode json() throws InterruptedException, ExecutionException, TimeoutException {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        NodeReport report = sources.hub().report(MOST).get(WAIT_SECONDS, TimeUnit.SECONDS);
        report.sessions().forEach(session -> session(json.withArray("sessions"), session));
        report.feeds().forEach(feed -> feed(json.withArray("feeds"), feed));
        capture(json.withArray("capture"));
        return json;
    }

    private static void session(ArrayNode list, SessionReport session) {
        list.addObject()
                .put("id", session.id())
                .put("principal", session.principal().orElse(""))
                .put("address", session.remoteAddress())
                .put("subscriptions", session.subscriptions())
                .put("behind", session.behind())
                .put("pendingBytes", session.pendingBytes())
                .put("writtenBytes", session.writtenBytes())
                .put("openMs", session.open().toMillis());
    }

    private static void feed(ArrayNode list, FeedReport feed) {
        list.addObject().put("expression", feed.expression()).put("members", feed.members());
    }

    private void capture(ArrayNode list) {
        Map<String, ResourceCount> counts = sources.operation().metrics().changes();
        Map<String, Boolean> active = sources.sync().capture().active();
        for (CapturedTable table : sources.sync().capture().list()) {
            ResourceCount count =
                    counts.getOrDefault(table.resource(), new ResourceCount(0, Instant.EPOCH));
            ObjectNode one =
                    list.addObject()
                            .put("resource", table.resource())
                            .put("table", table.table())
                            .put("active", active.getOrDefault(table.resource(), false))
                            .put("changes", count.changes());
            if (count.changes() > 0) {
                one.put("last", count.last().toString());
            }
            table.keyColumns().forEach(one.withArray("key")::add);
            table.excludedColumns().forEach(one.withArray("excluded")::add);
        }
    }
}
