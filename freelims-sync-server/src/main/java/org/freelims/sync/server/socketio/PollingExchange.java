package org.freelims.sync.server.socketio;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import org.freelims.sync.server.tyrus.HttpAnswer;
import org.freelims.sync.server.tyrus.HttpExchange;

/**
 * A polling client's request, answered as Engine.IO has it. Thread-safe.
 *
 * @param corsHeaders what the answer tells the browser of the request's origin
 */
record PollingExchange(HttpExchange exchange, Map<String, String> corsHeaders) implements Poll {
    private static final String TEXT = "text/plain; charset=UTF-8";
    private static final String JSON = "application/json";

    /** Reads the body, up to {@code maxBytes}, then runs one of the two, on any thread. */
    void body(int maxBytes, Consumer<byte[]> whole, Consumer<EngineError> failed) {
        exchange.body(
                maxBytes,
                whole,
                failure ->
                        failed.accept(
                                switch (failure) {
                                    case TOO_BIG -> EngineError.TOO_BIG;
                                    case BROKEN -> EngineError.BAD_REQUEST;
                                }));
    }

    /** Says what to do if the client goes away before it has its answer. */
    void onBroken(Runnable broken) {
        exchange.onBroken(broken);
    }

    @Override
    public void answer(byte[] payload, Runnable written, Runnable failed) {
        exchange.answer(new HttpAnswer(200, TEXT, payload, corsHeaders), written, failed);
    }

    @Override
    public void refuse(EngineError error) {
        byte[] body = error.json().getBytes(StandardCharsets.UTF_8);
        exchange.answer(
                new HttpAnswer(error.status(), JSON, body, corsHeaders), () -> {}, () -> {});
    }
}
