package org.freelims.sync.examples.tomcat;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import javax.sql.DataSource;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.AccessPolicy;
import org.freelims.sync.access.Authenticator;
import org.freelims.sync.access.Principal;
import org.freelims.sync.access.View;
import org.freelims.sync.server.postgres.CaptureOptions;
import org.freelims.sync.server.postgres.PostgresSync;
import org.freelims.sync.server.websocket.SyncEndpointConfig;

/** All that the application adds to serve its changes. */
final class Syncing implements AutoCloseable {
    private static final String USER = "user:";

    private final PostgresSync sync;
    private final HubThreads threads;
    private final SyncHub hub;

    Syncing(DataSource database, Sessions sessions) {
        sync = PostgresSync.builder().dataSource(database).build();
        sync.start();
        sync.capture().install("reagents", CaptureOptions.resource("reagents"));
        threads = HubThreads.start();
        hub =
                SyncHub.builder()
                        .log(sync.log())
                        .snapshots(sync.snapshots())
                        .catalog(sync.catalog())
                        .authenticator(token -> signedIn(sessions, token))
                        .accessPolicy(new SignedIn(sessions))
                        .threads(threads)
                        .build();
        hub.start();
    }

    /** The application's own session is what a client signs in with. */
    private static Principal signedIn(Sessions sessions, String token) {
        return sessions.user(token)
                .map(user -> Principal.of(USER + user))
                .orElseThrow(Authenticator::badToken);
    }

    /** Everybody sees everything, until they sign out: then their connections end. */
    private record SignedIn(Sessions sessions) implements AccessPolicy {
        @Override
        public View view(Principal principal) {
            return View.everything();
        }

        @Override
        public boolean admits(Principal principal) {
            return sessions.isSignedIn(principal.name().substring(USER.length()));
        }
    }

    /** Adds the endpoint to the servlet container's WebSocket container, at {@code /sync}. */
    void serveIn(ServletContext context) throws ServletException {
        ServerContainer container =
                (ServerContainer) context.getAttribute(ServerContainer.class.getName());
        try {
            container.addEndpoint(SyncEndpointConfig.of(hub).build());
        } catch (DeploymentException e) {
            throw new ServletException(e);
        }
    }

    @Override
    public void close() {
        hub.close();
        sync.close();
        threads.close();
    }
}
