package org.freelims.sync.server.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.core.ConditionTimeoutException;
import org.freelims.sync.protocol.Position;

/** A client that people really use, in a process of its own. Confined to the test's thread. */
final class RealClient implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration LONG = Duration.ofSeconds(30);

    /** How a client asks: what it is, and what its code says. */
    record Configuration(
            String name,
            Library library,
            String base,
            String namespace,
            Map<String, Object> options) {
        @Override
        public String toString() {
            return name;
        }

        /** Returns the same with one more option. */
        Configuration with(String option, Object value) {
            var more = new java.util.TreeMap<>(options);
            more.put(option, value);
            return new Configuration(name, library, base, namespace, more);
        }
    }

    /** Which code it is. */
    enum Library {
        JAVASCRIPT,
        PYTHON,
        PYTHON_ASYNC
    }

    /** Something the client told: an event's name, its arguments, and when it came. */
    record Heard(String event, JsonNode arguments, long atMs) {
        JsonNode argument() {
            return arguments.path(0);
        }

        @Override
        public String toString() {
            return event + arguments;
        }
    }

    private final Process process;
    private final Writer orders;
    private final List<Heard> heard = new CopyOnWriteArrayList<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final String name;
    private final Library library;

    private RealClient(Configuration how, List<String> command) {
        this.name = how.name();
        this.library = how.library();
        try {
            process = new ProcessBuilder(command).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        orders = process.outputWriter(UTF_8);
        readLines(process.getInputStream(), this::hear);
        readLines(process.getErrorStream(), complaints::add);
    }

    /** Starts a client of the server at a port of this machine. */
    static RealClient start(Configuration how, int port) {
        String url = "http://127.0.0.1:" + port + how.base();
        List<String> command = new ArrayList<>();
        if (how.library() == Library.JAVASCRIPT) {
            command.addAll(Tools.node("client.mjs"));
            command.add(json(Map.of("url", url, "options", how.options())));
        } else {
            command.addAll(Tools.python("client.py"));
            command.add(how.library() == Library.PYTHON ? "sync" : "async");
            command.add(
                    json(
                            Map.of(
                                    "url",
                                    url,
                                    "namespace",
                                    how.namespace(),
                                    "options",
                                    how.options())));
        }
        return new RealClient(how, command);
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static void readLines(InputStream from, java.util.function.Consumer<String> to) {
        Thread thread =
                new Thread(
                        () -> {
                            try (var lines =
                                    new BufferedReader(new InputStreamReader(from, UTF_8))) {
                                lines.lines().forEach(to);
                            } catch (IOException | UncheckedIOException e) {
                                to.accept("\"" + e + "\""); // the process was killed
                            }
                        },
                        "client-output");
        thread.setDaemon(true);
        thread.start();
    }

    private void hear(String line) {
        try {
            JsonNode said = JSON.readTree(line);
            if (said.isObject()) {
                heard.add(
                        new Heard(
                                said.path("event").asText(),
                                said.path("args"),
                                said.path("at").asLong()));
                return;
            }
        } catch (JsonProcessingException e) {
            complaints.add("not JSON: " + e.getMessage());
        }
        complaints.add(line);
    }

    /** Emits an event with one argument of JSON. */
    void emit(String event, String argument) {
        order("{\"emit\":\"" + event + "\",\"args\":[" + argument + "]}");
    }

    /** Emits an event with one argument of JSON, and returns what the server acknowledges with. */
    JsonNode ask(String event, String argument) {
        long before = count("ack");
        order("{\"ack\":true,\"emit\":\"" + event + "\",\"args\":[" + argument + "]}");
        await(client -> client.count("ack") > before);
        return all("ack").get((int) before).argument();
    }

    /** Subscribes to a resource, and returns once the server has said so. */
    void subscribe(String resource) {
        long before = count("subscription_success");
        emit("subscribe", "{\"resource\":\"" + resource + "\"}");
        await(client -> client.count("subscription_success") > before);
    }

    /** Disconnects, as the client's own code would. */
    void disconnect() {
        order("{\"disconnect\":true}");
        await("disconnect");
    }

    private void order(String line) {
        try {
            orders.write(line + "\n");
            orders.flush();
        } catch (IOException e) {
            throw new AssertionError("cannot tell " + this, e);
        }
    }

    /** Everything so far. */
    List<Heard> all() {
        return List.copyOf(heard);
    }

    /** Everything of one name so far. */
    List<Heard> all(String event) {
        return heard.stream().filter(one -> one.event().equals(event)).toList();
    }

    /** All notifications so far. */
    List<Heard> notifications() {
        return heard.stream().filter(one -> one.event().endsWith("_updated")).toList();
    }

    /**
     * All notifications so far as they came over the wire. python-socketio's synchronous client
     * starts a thread for each and so loses their order; for it this is the positions' order.
     */
    List<Heard> inWireOrder() {
        return library == Library.PYTHON
                ? notifications().stream().sorted(Comparator.comparing(RealClient::offset)).toList()
                : notifications();
    }

    private static long offset(Heard heard) {
        return Position.parse(heard.argument().path("position").asText()).offset();
    }

    long count(String event) {
        return all(event).size();
    }

    /** Waits until it has heard an event of that name. */
    Heard await(String event) {
        await(client -> client.count(event) > 0);
        return all(event).get(0);
    }

    /** Waits until something is so; a failure tells all that the client said. */
    void await(Predicate<RealClient> condition) {
        try {
            org.awaitility.Awaitility.await()
                    .atMost(LONG)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> condition.test(this) || !process.isAlive());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("waited for " + LONG + " in vain; " + this, e);
        }
        if (!condition.test(this)) {
            throw new AssertionError("it ended too early; " + this);
        }
    }

    @Override
    public String toString() {
        return name
                + (process.isAlive() ? "" : ", ended with " + process.exitValue())
                + ", heard:\n"
                + String.join("\n", heard.stream().map(Heard::toString).toList())
                + "\nand said:\n"
                + String.join("\n", complaints);
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
