package org.freelims.sync.server.e2e;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.freelims.sync.server.e2e.RealClient.Configuration;
import org.freelims.sync.server.e2e.RealClient.Library;

/** How FreeLIMS' clients connect, as their code says it, and what else people write. */
final class Configurations {
    private Configurations() {}

    /** FreeLIMS' React frontend, to the letter. */
    static final Configuration FRONTEND =
            javascript("frontend", "/ws", Map.of("path", "", "transports", List.of("websocket")));

    static final Configuration FRONTEND_UPGRADING =
            javascript("frontend without transports", "/ws", Map.of("path", ""));

    static final Configuration FRONTEND_POLLING =
            javascript(
                    "frontend, polling only",
                    "/ws",
                    Map.of("path", "", "transports", List.of("polling")));

    /** FreeLIMS' Python monitors, to the letter. */
    static final Configuration MONITOR =
            python("Python monitor", Library.PYTHON, "ws/socket.io", "/", Map.of());

    private static Configuration javascript(
            String name, String namespace, Map<String, Object> options) {
        return new Configuration(name, Library.JAVASCRIPT, namespace, namespace, options);
    }

    private static Configuration python(
            String name,
            Library library,
            String path,
            String namespace,
            Map<String, Object> options) {
        var all = new java.util.TreeMap<>(options);
        all.put("socketio_path", path);
        return new Configuration(name, library, "", namespace, all);
    }

    /** Every configuration there is. */
    static Stream<Configuration> all() {
        List<String> websocket = List.of("websocket");
        List<String> polling = List.of("polling");
        return Stream.of(
                FRONTEND,
                FRONTEND_UPGRADING,
                FRONTEND_POLLING,
                javascript("path /ws", "", Map.of("path", "/ws")),
                javascript("path /ws/", "", Map.of("path", "/ws/")),
                javascript("path /ws/, namespace /ws", "/ws", Map.of("path", "/ws/")),
                javascript("path /ws/socket.io", "", Map.of("path", "/ws/socket.io")),
                javascript(
                        "path /ws/socket.io, websocket only",
                        "/",
                        Map.of("path", "/ws/socket.io", "transports", websocket)),
                javascript("default path and namespace", "", Map.of()),
                javascript(
                        "websocket first, then polling",
                        "/ws",
                        Map.of("transports", List.of("websocket", "polling"))),
                MONITOR,
                python(
                        "Python monitor, polling only",
                        Library.PYTHON,
                        "ws/socket.io",
                        "/",
                        Map.of("transports", polling)),
                python(
                        "Python monitor, websocket only",
                        Library.PYTHON,
                        "ws/socket.io",
                        "/",
                        Map.of("transports", websocket)),
                python("Python, default path", Library.PYTHON, "socket.io", "/ws", Map.of()),
                python(
                        "asynchronous Python monitor",
                        Library.PYTHON_ASYNC,
                        "ws/socket.io",
                        "/",
                        Map.of()),
                python(
                        "asynchronous Python, polling only",
                        Library.PYTHON_ASYNC,
                        "ws/socket.io",
                        "/",
                        Map.of("transports", polling)),
                python(
                        "asynchronous Python, websocket only",
                        Library.PYTHON_ASYNC,
                        "ws",
                        "/ws",
                        Map.of("transports", websocket)));
    }
}
