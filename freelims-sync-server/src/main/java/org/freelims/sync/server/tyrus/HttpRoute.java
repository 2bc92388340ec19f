package org.freelims.sync.server.tyrus;

/**
 * What answers plain HTTP requests below the path it is mounted on, {@code
 * SyncServer.builder().httpRoute("/path/*", route)}, now or much later: a request that waits holds
 * no thread and little memory. Thread-safe.
 *
 * <p>The server asks only about requests that RFC 9110 and its own settings allow, but for their
 * origin, which the route judges.
 */
@FunctionalInterface
public interface HttpRoute {
    /**
     * Sees to it that the request is answered. Called on a thread that reads sockets: must not
     * block. One that throws answers with 500.
     */
    void serve(HttpRequest request, HttpExchange exchange);
}
