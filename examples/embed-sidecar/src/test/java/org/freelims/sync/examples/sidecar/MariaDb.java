package org.freelims.sync.examples.sidecar;

import java.io.IOException;
import java.net.InetAddress;
import java.net.MalformedURLException;
import java.net.ServerSocket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.awaitility.Awaitility;

/** A MariaDB server of Debian's packages, on an empty directory, with Debian's driver. */
final class MariaDb implements AutoCloseable {
    private static final Path DRIVER = Path.of("/usr/share/java/mariadb-java-client.jar");
    private static final Duration LONG = Duration.ofSeconds(60);

    private final Process server;
    private final URLClassLoader driver;
    private final int port;

    private MariaDb(Process server, URLClassLoader driver, int port) {
        this.server = server;
        this.driver = driver;
        this.port = port;
    }

    static MariaDb start(Path directory) throws Exception {
        Path data = directory.resolve("mariadb");
        Path log = directory.resolve("mariadb.log");
        run(
                log,
                "/usr/bin/mariadb-install-db",
                "--no-defaults",
                "--datadir=" + data,
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--user=" + System.getProperty("user.name"));
        int port = freePort();
        Process server =
                process(
                                log,
                                "/usr/sbin/mariadbd",
                                "--no-defaults",
                                "--datadir=" + data,
                                "--port=" + port,
                                "--bind-address=127.0.0.1",
                                "--socket=" + directory.resolve("s"),
                                "--user=" + System.getProperty("user.name"))
                        .start();
        URLClassLoader driver = new URLClassLoader(new URL[] {url(DRIVER)});
        MariaDb started = new MariaDb(server, driver, port);
        try {
            started.awaitAnswers(log);
        } catch (RuntimeException | Error e) {
            server.destroyForcibly();
            throw e;
        }
        return started;
    }

    private void awaitAnswers(Path log) {
        Awaitility.await()
                .atMost(LONG)
                .ignoreExceptionsInstanceOf(SQLException.class)
                .until(
                        () -> {
                            if (!server.isAlive()) {
                                throw new AssertionError(Files.readString(log));
                            }
                            execute("mysql", "SELECT 1");
                            return true;
                        });
    }

    private static URL url(Path jar) throws MalformedURLException {
        if (!Files.exists(jar)) {
            throw new AssertionError(jar + " is missing. Run .ci/tools, which installs it.");
        }
        return jar.toUri().toURL();
    }

    private static void run(Path log, String... command) throws IOException, InterruptedException {
        int exit = process(log, command).start().waitFor();
        if (exit != 0) {
            throw new AssertionError(List.of(command) + " failed: " + Files.readString(log));
        }
    }

    private static ProcessBuilder process(Path log, String... command) {
        if (!Files.exists(Path.of(command[0]))) {
            throw new AssertionError(command[0] + " is missing. Run .ci/tools, which installs it.");
        }
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    DataSource source(String database) {
        String url = "jdbc:mariadb://127.0.0.1:" + port + "/" + database + "?user=root";
        try {
            return (DataSource)
                    driver.loadClass("org.mariadb.jdbc.MariaDbDataSource")
                            .getConstructor(String.class)
                            .newInstance(url);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the driver has no such data source", e);
        }
    }

    void execute(String database, String... statements) throws SQLException {
        try (Connection connection = source(database).getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.destroy();
        server.onExit().orTimeout(LONG.toSeconds(), TimeUnit.SECONDS).join();
        driver.close();
    }
}
