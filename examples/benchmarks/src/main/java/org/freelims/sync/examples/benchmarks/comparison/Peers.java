package org.freelims.sync.examples.benchmarks.comparison;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.freelims.sync.examples.benchmarks.FanOutServer;

/** All servers that can be measured, with what is known of them on this machine. */
final class Peers {
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final int LINGER_MS = 15;
    private static final List<String> JVM = List.of(JAVA, "-Xmx1g");

    private final Path folder;
    private final String ourVersion;

    /**
     * @param folder with the others' servers, built
     * @param ourVersion as reports have it
     */
    Peers(Path folder, String ourVersion) {
        this.folder = folder;
        this.ourVersion = ourVersion;
    }

    List<Peer> all() {
        return List.of(
                ours("ours", "FreeLIMS Sync, native", Dialog::sync, 0),
                ours(
                        "ours-linger",
                        "FreeLIMS Sync, native, " + LINGER_MS + " ms linger",
                        Dialog::sync,
                        LINGER_MS),
                ours("ours-socketio", "FreeLIMS Sync, Socket.IO", Dialog::socketIo, 0),
                nats(),
                floor(),
                java("netty-socketio", "netty-socketio", "NettySocketIo", Dialog::socketIo),
                java("spring-stomp", "Spring STOMP broker", "SpringStomp", Dialog::stomp),
                node("socketio", "socket.io on Node.js", "socket.io", Dialog::socketIo),
                node("ws", "ws on Node.js", "ws", Dialog::plain));
    }

    private Peer ours(String name, String label, Function<String, Dialog> dialog, int lingerMs) {
        return new Peer(
                name,
                label,
                ourVersion,
                Optional.empty(),
                (ports, work) ->
                        jvm(
                                System.getProperty("java.class.path"),
                                FanOutServer.class.getName(),
                                ports,
                                String.valueOf(lingerMs)),
                dialog,
                ports -> Trigger.http(ports.go()));
    }

    private static Peer floor() {
        return new Peer(
                "floor",
                "one write a frame, in Java",
                "",
                Optional.empty(),
                (ports, work) ->
                        jvm(
                                System.getProperty("java.class.path"),
                                FloorServer.class.getName(),
                                ports),
                Dialog::plain,
                ports -> Trigger.http(ports.go()));
    }

    private Peer java(
            String name, String label, String mainClass, Function<String, Dialog> dialog) {
        Path lib = folder.resolve("target/lib");
        String classPath = folder.resolve("target/peers.jar") + File.pathSeparator + lib + "/*";
        String library = name.startsWith("spring") ? "spring-messaging" : name;
        Optional<String> version = jarVersion(lib, library);
        Peer peer =
                new Peer(
                        name,
                        label,
                        version.orElse(""),
                        Optional.empty(),
                        (ports, work) ->
                                jvm(
                                        classPath,
                                        "org.freelims.sync.examples.peers." + mainClass,
                                        ports),
                        dialog,
                        ports -> Trigger.http(ports.go()));
        return version.isPresent() ? peer : peer.without("Maven could not build it");
    }

    private static List<String> jvm(
            String classPath, String mainClass, Ports ports, String... more) {
        List<String> command = new ArrayList<>(JVM);
        command.addAll(
                List.of(
                        "-cp",
                        classPath,
                        mainClass,
                        String.valueOf(ports.server()),
                        String.valueOf(ports.go())));
        command.addAll(List.of(more));
        return command;
    }

    private Peer node(String name, String label, String module, Function<String, Dialog> dialog) {
        Path node = folder.resolve("node");
        Path manifest = node.resolve("node_modules").resolve(module).resolve("package.json");
        Optional<String> runtime = output("node", "--version");
        boolean installed = Files.exists(manifest);
        Peer peer =
                new Peer(
                        name,
                        label,
                        installed
                                ? field(manifest, "version") + ", Node " + runtime.orElse("")
                                : "",
                        Optional.empty(),
                        (ports, work) ->
                                List.of(
                                        "node",
                                        node.resolve(name + ".mjs").toString(),
                                        String.valueOf(ports.server()),
                                        String.valueOf(ports.go())),
                        dialog,
                        ports -> Trigger.http(ports.go()));
        if (runtime.isEmpty()) {
            return peer.without("Node.js is not installed");
        }
        return installed ? peer : peer.without("npm could not install it");
    }

    private static Peer nats() {
        Optional<String> version = output("nats-server", "--version");
        Peer peer =
                new Peer(
                        "nats",
                        "NATS server, WebSocket",
                        version.map(said -> said.replaceAll(".*v", "")).orElse(""),
                        Optional.empty(),
                        (ports, work) ->
                                List.of("nats-server", "-c", natsSettings(ports, work).toString()),
                        Dialog::nats,
                        ports -> new NatsPublisher(ports.go()));
        return version.isPresent()
                ? peer
                : peer.without(
                        "nats-server is not installed (Debian: apt-get install nats-server)");
    }

    private static Path natsSettings(Ports ports, Path work) {
        String settings =
                """
                listen: "127.0.0.1:%d"
                websocket { listen: "127.0.0.1:%d", no_tls: true, compression: false }
                """
                        .formatted(ports.go(), ports.server());
        try {
            return Files.writeString(work.resolve("nats-" + ports.server() + ".conf"), settings);
        } catch (IOException e) {
            throw new UncheckedIOException("the NATS server's settings can't be written", e);
        }
    }

    private static Optional<String> jarVersion(Path lib, String artifact) {
        if (!Files.isDirectory(lib)) {
            return Optional.empty();
        }
        Pattern name = Pattern.compile(Pattern.quote(artifact) + "-(\\d[\\w.-]*)\\.jar");
        try (Stream<Path> jars = Files.list(lib)) {
            return jars.map(jar -> name.matcher(jar.getFileName().toString()))
                    .filter(Matcher::matches)
                    .map(found -> found.group(1))
                    .findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String field(Path json, String field) {
        try {
            return new ObjectMapper().readTree(json.toFile()).path(field).asText();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns what a program says, or nothing if it is not installed or fails. */
    static Optional<String> output(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0
                    ? Optional.of(said.strip())
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
