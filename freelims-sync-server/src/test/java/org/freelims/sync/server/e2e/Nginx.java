package org.freelims.sync.server.e2e;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Debian's nginx in front of a server of this machine, as labs have it. Confined to the test's
 * thread.
 */
public final class Nginx implements AutoCloseable {
    private static final String PASSES_WEBSOCKETS =
            """
                  proxy_http_version 1.1;
                  proxy_set_header Upgrade $http_upgrade;
                  proxy_set_header Connection $connection_upgrade;
            """;

    private final Process process;
    private final Path log;
    private final int port;

    /**
     * @param location directives for every request: those that let WebSockets pass, say
     */
    private Nginx(Path folder, int target, String location) throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        log = folder.resolve("nginx.log");
        Path configuration = folder.resolve("nginx.conf");
        Files.writeString(
                configuration,
                """
                daemon off;
                pid %1$s/nginx.pid;
                error_log %1$s/nginx.log;
                events { }
                http {
                  access_log off;
                  client_body_temp_path %1$s;
                  proxy_temp_path %1$s;
                  fastcgi_temp_path %1$s;
                  uwsgi_temp_path %1$s;
                  scgi_temp_path %1$s;
                  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
                  server {
                    listen 127.0.0.1:%2$d;
                    location / {
                      proxy_pass http://127.0.0.1:%3$d;
                      proxy_set_header Host $http_host;
                      proxy_set_header X-Forwarded-For $remote_addr;
                %4$s
                    }
                  }
                }
                """
                        .formatted(folder, port, target, location));
        process =
                new ProcessBuilder(
                                Tools.nginx(),
                                "-p",
                                folder.toString(),
                                "-c",
                                configuration.toString(),
                                "-e",
                                log.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                        .start();
        await().atMost(Duration.ofSeconds(30)).until(this::listens);
    }

    /** One that is set up as its manual says for WebSockets. */
    public static Nginx withWebSockets(Path folder, int target) throws IOException {
        return new Nginx(folder, target, PASSES_WEBSOCKETS);
    }

    /** One as it is without that: Upgrade headers do not pass. */
    public static Nginx withoutWebSockets(Path folder, int target) throws IOException {
        return new Nginx(folder, target, "");
    }

    /** One that lets WebSockets pass and refuses what long polling asks for. */
    public static Nginx withoutPolling(Path folder, int target) throws IOException {
        return new Nginx(
                folder,
                target,
                PASSES_WEBSOCKETS + "if ($arg_transport = polling) { return 403; }");
    }

    private boolean listens() throws IOException {
        if (!process.isAlive()) {
            throw new AssertionError("nginx ended:\n" + Files.readString(log));
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns the port it listens at. */
    public int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
