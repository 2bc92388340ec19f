package org.freelims.sync.server.console;

import java.util.function.BiConsumer;
import org.freelims.sync.SyncHub;
import org.freelims.sync.server.operation.AdminDoor;
import org.freelims.sync.server.operation.Operation;
import org.freelims.sync.server.postgres.PostgresSync;
import org.freelims.sync.session.HubListener;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.jdbi.v3.core.Jdbi;

/**
 * The console at {@code /console}: a page that anybody may load, as it holds nothing, and figures
 * that only an administrator's token gets. Thread-safe.
 */
public final class Console {
    /** What a test notification is of; administrators see it, and it is in no table. */
    public static final String RESOURCE = TestNotification.RESOURCE;

    private final TestNotification test = new TestNotification();

    /** Returns who is to be told what the hub does. */
    public HubListener hubListener() {
        return test;
    }

    /** What the console looks at. */
    public record Sources(
            String version, SyncHub hub, PostgresSync sync, Jdbi jdbi, Operation operation) {}

    /* One handler for all: Grizzly may take either of two whose patterns share their beginning. */
    private static final class Handler extends HttpHandler {
        private final ConsolePages pages;
        private final ConsoleApi api;

        Handler(ConsolePages pages, ConsoleApi api) {
            super("console");
            this.pages = pages;
            this.api = api;
        }

        @Override
        public void service(Request request, Response response) throws Exception {
            if (request.getRequestURI().startsWith("/console/api/")) {
                api.service(request, response);
            } else {
                pages.service(request, response);
            }
        }
    }

    /** Hands over what is to be served, each with its path. */
    public void mountOn(BiConsumer<String, HttpHandler> server, AdminDoor door, Sources sources) {
        server.accept(
                "/console/*", new Handler(new ConsolePages(), new ConsoleApi(door, sources, test)));
    }
}
