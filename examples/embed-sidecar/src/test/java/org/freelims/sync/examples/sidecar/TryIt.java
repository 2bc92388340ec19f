package org.freelims.sync.examples.sidecar;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.util.Set;
import org.freelims.sync.access.Principal;
import org.freelims.sync.server.embedded.EmbeddedPostgres;

/** A sidecar with databases of its own, and an application that creates a sample each second. */
final class TryIt {
    private TryIt() {}

    static HikariDataSource pool(EmbeddedPostgres postgres) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(postgres.jdbcUrl());
        config.setUsername(postgres.user());
        config.setPassword(postgres.password());
        return new HikariDataSource(config);
    }

    public static void main(String[] args) throws Exception {
        EmbeddedPostgres postgres =
                EmbeddedPostgres.builder()
                        .dataDir(Files.createTempDirectory("embed-sidecar-").resolve("postgres"))
                        .start();
        Lims lims = new Lims("lims");
        Sidecar sidecar =
                new Sidecar(
                        new JdbcOutbox(lims.source()),
                        pool(postgres),
                        Set.of("samples"),
                        token -> Principal.of("user:" + token),
                        8001);
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    sidecar.close();
                                    postgres.close();
                                }));
        System.out.println("ws://localhost:" + sidecar.port() + "/sync, until Ctrl-C");
        for (int id = 1; ; id++) {
            lims.create(id);
            Thread.sleep(1000);
        }
    }
}
