package org.freelims.sync.examples.tomcat;

import java.nio.file.Files;
import java.nio.file.Path;

/** Runs the application on a PostgreSQL of its own, until it is stopped. */
final class TryIt {
    private TryIt() {}

    public static void main(String[] args) throws Exception {
        Path directory = Files.createTempDirectory("embed-tomcat-");
        Database database = Database.start(directory);
        Application application = new Application(database.source(), 8080, directory);
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    try {
                                        application.close();
                                    } catch (Exception e) {
                                        System.err.println(e);
                                    }
                                    database.close();
                                }));
        System.out.println("http://localhost:" + application.port() + ", until Ctrl-C");
        Thread.currentThread().join();
    }
}
