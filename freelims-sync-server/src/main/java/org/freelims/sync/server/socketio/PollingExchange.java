package org.freelims.sync.server.socketio;

import static java.lang.System.Logger.Level.DEBUG;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.glassfish.grizzly.CompletionHandler;
import org.glassfish.grizzly.EmptyCompletionHandler;
import org.glassfish.grizzly.ReadHandler;
import org.glassfish.grizzly.http.io.NIOInputStream;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;

/** One suspended request of a polling client. Thread-safe. */
final class PollingExchange implements EngineExchange {
    private static final System.Logger LOG = System.getLogger(PollingExchange.class.getName());
    private static final String TEXT = "text/plain; charset=UTF-8";
    private static final String JSON = "application/json";
    private static final String BEARER = "Bearer ";

    private final Request request;
    private final Response response;
    private final Map<String, String> corsHeaders;
    private final AtomicBoolean answered = new AtomicBoolean();
    private volatile Runnable broken = () -> {};

    PollingExchange(Request request, Response response, Map<String, String> corsHeaders) {
        this.request = request;
        this.response = response;
        this.corsHeaders = corsHeaders;
    }

    /** Returns what the suspended response tells when its connection ends. */
    CompletionHandler<Response> whenBroken() {
        return new EmptyCompletionHandler<>() {
            @Override
            public void cancelled() {
                if (answered.compareAndSet(false, true)) {
                    broken.run();
                }
            }
        };
    }

    @Override
    public void onBroken(Runnable action) {
        broken = action;
    }

    @Override
    public String method() {
        return request.getMethod().getMethodString();
    }

    @Override
    public Optional<String> parameter(String name) {
        return Optional.ofNullable(request.getParameter(name));
    }

    @Override
    public EngineConnection.Client client() {
        return new EngineConnection.Client(
                request.getRemoteAddr(),
                Optional.ofNullable(request.getHeader("Authorization"))
                        .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                        .map(value -> value.substring(BEARER.length()).strip())
                        .filter(token -> !token.isEmpty()));
    }

    @Override
    public void body(int maxBytes, Consumer<byte[]> whole, Consumer<EngineError> failed) {
        if (request.getContentLengthLong() > maxBytes) {
            failed.accept(EngineError.TOO_BIG);
            return;
        }
        NIOInputStream in = request.getNIOInputStream();
        ByteArrayOutputStream body = new ByteArrayOutputStream(256);
        in.notifyAvailable(
                new ReadHandler() {
                    @Override
                    public void onDataAvailable() throws IOException {
                        if (read()) {
                            in.notifyAvailable(this);
                        }
                    }

                    @Override
                    public void onAllDataRead() throws IOException {
                        if (read()) {
                            whole.accept(body.toByteArray());
                        }
                    }

                    private boolean read() throws IOException {
                        byte[] chunk = new byte[in.readyData()];
                        int length = chunk.length == 0 ? 0 : in.read(chunk);
                        body.write(chunk, 0, Math.max(0, length));
                        if (body.size() > maxBytes) {
                            failed.accept(EngineError.TOO_BIG);
                            return false;
                        }
                        return true;
                    }

                    @Override
                    public void onError(Throwable e) {
                        LOG.log(DEBUG, "A body could not be read", e);
                        failed.accept(EngineError.BAD_REQUEST);
                    }
                });
    }

    @Override
    public void answer(byte[] payload, Runnable written, Runnable failed) {
        if (!answered.compareAndSet(false, true)) {
            failed.run();
            return;
        }
        try {
            write(response, 200, TEXT, payload, corsHeaders);
            response.resume();
        } catch (RuntimeException e) {
            LOG.log(DEBUG, "An answer could not be written", e);
            failed.run();
            return;
        }
        written.run();
    }

    @Override
    public void refuse(EngineError error) {
        if (!answered.compareAndSet(false, true)) {
            return;
        }
        byte[] body = error.json().getBytes(StandardCharsets.UTF_8);
        try {
            if (error == EngineError.TOO_BIG) {
                response.setHeader("Connection", "close"); // what is left of it is never read
            }
            write(response, error.status(), JSON, body, corsHeaders);
            response.resume();
        } catch (RuntimeException e) {
            LOG.log(DEBUG, "A refusal could not be written", e);
        }
    }

    static void write(
            Response response,
            int status,
            String contentType,
            byte[] body,
            Map<String, String> headers) {
        response.setStatus(status);
        response.setContentType(contentType);
        response.setContentLength(body.length);
        response.setHeader("Cache-Control", "no-store");
        headers.forEach(response::setHeader);
        try {
            response.getNIOOutputStream().write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
