package org.freelims.sync.examples.boot;

import jakarta.websocket.server.ServerEndpointConfig;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.Principal;
import org.freelims.sync.server.postgres.CaptureOptions;
import org.freelims.sync.server.postgres.PostgresSync;
import org.freelims.sync.server.websocket.SyncEndpointConfig;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.socket.server.standard.ServerEndpointExporter;

/** All that the application adds to serve its changes, but for {@link TransactionEvents}. */
@Configuration
class SyncConfiguration {
    /** Captures the table by one call; {@code runs} has no table and is published. */
    @Bean(destroyMethod = "close")
    PostgresSync sync(DataSource database) {
        PostgresSync sync =
                PostgresSync.builder().dataSource(database).published(Set.of("runs")).build();
        sync.start();
        sync.capture().install("samples", CaptureOptions.resource("samples"));
        return sync;
    }

    @Bean(destroyMethod = "close")
    HubThreads syncThreads() {
        return HubThreads.start();
    }

    @Bean(initMethod = "start", destroyMethod = "close")
    SyncHub hub(PostgresSync sync, HubThreads syncThreads) {
        return SyncHub.builder()
                .log(sync.log())
                .snapshots(sync.snapshots())
                .catalog(sync.catalog())
                .threads(syncThreads)
                .build();
    }

    /** Whoever Spring Security let through to {@code /sync} is known already. */
    @Bean
    ServerEndpointConfig syncEndpoint(SyncHub hub) {
        return SyncEndpointConfig.of(hub)
                .principals(user -> Optional.of(Principal.of("user:" + user.getName())))
                .build();
    }

    /** Adds every {@link ServerEndpointConfig} to the servlet container. */
    @Bean
    ServerEndpointExporter endpoints() {
        return new ServerEndpointExporter();
    }
}
