package org.freelims.sync.protocol;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.keyword.NonValidationKeyword;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The protocol's description, asyncapi.json, for tests that hold messages to it. Immutable. */
public final class AsyncApi {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final JsonNode document;
    private final Map<String, Schema> payloads = new HashMap<>();

    private AsyncApi(JsonNode document) {
        this.document = document;
        SchemaRegistry schemas =
                SchemaRegistry.withDialect(
                        Dialect.builder(Dialects.getDraft7())
                                .keyword(new NonValidationKeyword("components"))
                                .build());
        for (String type : types()) {
            ObjectNode schema = JSON.createObjectNode();
            schema.set("components", document.path("components"));
            schema.putArray("allOf")
                    .addObject()
                    .put("$ref", "#/components/messages/" + type + "/payload");
            payloads.put(type, schemas.getSchema(schema));
        }
    }

    /** Reads it from the jar. */
    public static AsyncApi read() {
        try (InputStream in = MessageCodec.class.getResourceAsStream("asyncapi.json")) {
            return new AsyncApi(JSON.readTree(in));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonNode document() {
        return document;
    }

    /** Returns the types of all messages. */
    public Set<String> types() {
        Set<String> types = new TreeSet<>();
        document.at("/components/messages").fieldNames().forEachRemaining(types::add);
        return types;
    }

    /**
     * Returns the types of the messages that operations with this action, or their replies, name.
     */
    Set<String> types(String action, String messagesAt) {
        Set<String> types = new TreeSet<>();
        for (JsonNode operation : document.path("operations")) {
            if (operation.path("action").asText().equals(action)) {
                for (JsonNode message : operation.at(messagesAt)) {
                    types.add(
                            message.path("$ref").asText().replace("#/channels/sync/messages/", ""));
                }
            }
        }
        return types;
    }

    JsonNode payload(String type) {
        return document.path("components").path("messages").path(type).path("payload");
    }

    Set<String> fields(String type) {
        Set<String> fields = new TreeSet<>();
        payload(type).path("properties").fieldNames().forEachRemaining(fields::add);
        return fields;
    }

    Set<String> required(String type) {
        Set<String> fields = new TreeSet<>();
        payload(type).path("required").forEach(field -> fields.add(field.asText()));
        return fields;
    }

    /** Returns what is wrong with a message, a field that is not described included. */
    public List<String> violations(String text) {
        JsonNode message = parse(text);
        String type = message.path("type").asText();
        Schema schema = payloads.get(type);
        if (schema == null) {
            return List.of("no message is described that has the type of " + text);
        }
        List<String> found = new ArrayList<>();
        schema.validate(message, run -> run.executionConfig(c -> c.formatAssertionsEnabled(true)))
                .forEach(error -> found.add(error + " in " + text));
        Set<String> unknown = new TreeSet<>();
        message.fieldNames().forEachRemaining(unknown::add);
        unknown.removeAll(fields(type));
        if (!unknown.isEmpty()) {
            found.add(unknown + " of " + type + " are not described: " + text);
        }
        return found;
    }

    static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
