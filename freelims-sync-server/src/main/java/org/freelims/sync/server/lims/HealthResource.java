package org.freelims.sync.server.lims;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.freelims.sync.protocol.MessageCodec;

/** That the server is there, and how to talk to it. Thread-safe. */
@Path("")
public final class HealthResource {
    private final String health;

    HealthResource(String version) {
        this.health =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("status", "healthy")
                        .put("version", version)
                        .toString();
    }

    @GET
    @Path("health")
    @Public
    public Response health() {
        return Answers.ok(health);
    }

    @GET
    @Path("openapi.json")
    @Public
    public Response description() {
        return Answers.ok(OpenApi.TEXT);
    }

    @GET
    @Path("asyncapi.json")
    @Public
    public Response syncDescription() {
        return Answers.ok(AsyncApi.TEXT);
    }

    private static final class OpenApi {
        static final String TEXT = read(HealthResource.class, "openapi.json");
    }

    private static final class AsyncApi {
        static final String TEXT = read(MessageCodec.class, "asyncapi.json");
    }

    /* Read once, when first asked for. */
    private static String read(Class<?> beside, String name) {
        try (InputStream in = beside.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
