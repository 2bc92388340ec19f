package org.freelims.sync.examples.benchmarks.comparison;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Makes a server publish. */
@FunctionalInterface
interface Trigger {
    /**
     * Publishes so many notifications, so many a second or as fast as it goes (rate 0); returns
     * when all are.
     *
     * @throws IOException if the server did not do it
     */
    void publish(int count, int rate) throws IOException, InterruptedException;

    /** Asks the server itself to, at {@code GET /go?n=&rate=} on this port of this machine. */
    static Trigger http(int port) {
        HttpClient client = HttpClient.newHttpClient();
        return (count, rate) -> {
            URI uri = URI.create("http://127.0.0.1:" + port + "/go?n=" + count + "&rate=" + rate);
            HttpResponse<Void> answer =
                    client.send(
                            HttpRequest.newBuilder(uri).build(),
                            HttpResponse.BodyHandlers.discarding());
            if (answer.statusCode() / 100 != 2) {
                throw new IOException(uri + " answered " + answer.statusCode());
            }
        };
    }
}
