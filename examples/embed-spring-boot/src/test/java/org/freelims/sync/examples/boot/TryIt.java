package org.freelims.sync.examples.boot;

import java.nio.file.Files;
import java.nio.file.Path;
import org.freelims.sync.server.embedded.EmbeddedPostgres;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The application on a PostgreSQL of its own. */
final class TryIt {
    private TryIt() {}

    public static void main(String[] args) throws Exception {
        EmbeddedPostgres postgres =
                EmbeddedPostgres.builder()
                        .dataDir(Files.createTempDirectory("embed-boot-").resolve("postgres"))
                        .start();
        Runtime.getRuntime().addShutdownHook(new Thread(postgres::close));
        start(postgres, 8080);
        System.out.println("http://localhost:8080, until Ctrl-C");
        Thread.currentThread().join();
    }

    static EmbeddedPostgres postgres(Path directory) {
        return EmbeddedPostgres.builder().dataDir(directory.resolve("postgres")).start();
    }

    /**
     * @param port 0 for any
     */
    static ConfigurableApplicationContext start(EmbeddedPostgres postgres, int port) {
        return new SpringApplication(Application.class)
                .run(
                        "--server.port=" + port,
                        "--spring.datasource.url=" + postgres.jdbcUrl(),
                        "--spring.datasource.username=" + postgres.user(),
                        "--spring.datasource.password=" + postgres.password());
    }
}
