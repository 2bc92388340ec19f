package org.freelims.sync.examples.tomcat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import org.freelims.sync.server.embedded.EmbeddedPostgres;

/** A PostgreSQL of one's own, with the application's pool. */
record Database(EmbeddedPostgres postgres, HikariDataSource source) implements AutoCloseable {
    static Database start(Path directory) {
        EmbeddedPostgres postgres =
                EmbeddedPostgres.builder().dataDir(directory.resolve("postgres")).start();
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(postgres.jdbcUrl());
        config.setUsername(postgres.user());
        config.setPassword(postgres.password());
        return new Database(postgres, new HikariDataSource(config));
    }

    @Override
    public void close() {
        source.close();
        postgres.close();
    }
}
