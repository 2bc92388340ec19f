package org.freelims.sync.examples.benchmarks.comparison;

import java.util.List;
import java.util.Optional;

/**
 * How a client of some protocol subscribes, in text frames. Immutable.
 *
 * @param path what the WebSocket handshake asks for
 * @param subprotocol what the handshake offers, if anything
 * @param steps in order
 * @param binary whether the client's frames are binary
 */
record Dialog(String path, Optional<String> subprotocol, List<Step> steps, boolean binary) {
    /**
     * One step: waits for a frame that contains a text, then sends.
     *
     * @param await what a frame must contain; empty for no wait
     * @param send what is sent then; empty for nothing
     */
    record Step(String await, String send) {}

    Dialog {
        steps = List.copyOf(steps);
    }

    static Dialog sync(String resource) {
        return new Dialog(
                "/sync",
                Optional.of("freelims.sync.v1"),
                List.of(
                        new Step(
                                "",
                                "{\"type\":\"subscribe\",\"id\":1,\"to\":\""
                                        + resource
                                        + "\",\"from\":\"now\"}"),
                        new Step("\"subscribed\"", "")),
                false);
    }

    static Dialog socketIo(String resource) {
        return new Dialog(
                "/ws/?EIO=4&transport=websocket",
                Optional.empty(),
                List.of(
                        new Step("", "40"),
                        new Step("40{", "42[\"subscribe\",{\"resource\":\"" + resource + "\"}]"),
                        new Step("subscription_success", "")),
                false);
    }

    static Dialog plain(String resource) {
        return new Dialog(
                "/",
                Optional.empty(),
                List.of(
                        new Step("", "{\"resource\":\"" + resource + "\"}"),
                        new Step("subscribed", "")),
                false);
    }

    /** Spring's simple broker confirms no subscription; the load generator's rest covers it. */
    static Dialog stomp(String resource) {
        return new Dialog(
                "/stomp",
                Optional.of("v12.stomp"),
                List.of(
                        new Step("", "CONNECT\naccept-version:1.2\nhost:localhost\n\n\0"),
                        new Step(
                                "CONNECTED",
                                "SUBSCRIBE\nid:0\ndestination:/topic/" + resource + "\n\n\0")),
                false);
    }

    static Dialog nats(String resource) {
        return new Dialog(
                "/",
                Optional.empty(),
                List.of(
                        new Step(
                                "",
                                "CONNECT {\"verbose\":false}\r\nSUB "
                                        + resource
                                        + " 1\r\nPING\r\n"),
                        new Step("PONG", "")),
                true);
    }
}
