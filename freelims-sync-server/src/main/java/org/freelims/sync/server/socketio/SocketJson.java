package org.freelims.sync.server.socketio;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/** The JSON of Socket.IO packets: within bounds, numbers as they stand, attachments in place. */
final class SocketJson {
    private static final int MAX_DEPTH = 64;

    static final JsonMapper MAPPER =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(MAX_DEPTH)
                                                    .build())
                                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                                    .build())
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
                    .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                    .build();

    private SocketJson() {}

    static JsonNode parse(String text) {
        try {
            JsonNode node = MAPPER.readTree(text);
            if (!node.isMissingNode()) {
                return node;
            }
        } catch (JsonProcessingException | NumberFormatException e) { // 1e9999999999 is the latter
            throw EngineCodec.malformed("A Socket.IO packet's content does not read as JSON.");
        }
        throw EngineCodec.malformed("A Socket.IO packet's content is blank.");
    }

    static String write(JsonNode node) {
        try {
            return MAPPER.writeValueAsString(node);
        } catch (IOException e) {
            throw new UncheckedIOException("a tree in memory can be written", e);
        }
    }

    /** Returns {@code text} as a JSON string. */
    static String quoted(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }

    /**
     * Puts each attachment where its placeholder stands. Each must have exactly one: a second one
     * would let a small packet stand for a huge one.
     */
    static JsonNode withAttachments(JsonNode json, List<byte[]> data) {
        BitSet used = new BitSet(data.size());
        JsonNode whole = filled(json, data, used);
        if (used.cardinality() != data.size()) {
            throw EngineCodec.malformed("An attachment is not referred to.");
        }
        return whole;
    }

    private static JsonNode filled(JsonNode node, List<byte[]> data, BitSet used) {
        if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, filled(array.get(i), data, used));
            }
        } else if (node instanceof ObjectNode object) {
            if (object.path("_placeholder").asBoolean()) {
                JsonNode num = object.path("num");
                if (!num.isInt()
                        || num.intValue() < 0
                        || num.intValue() >= data.size()
                        || used.get(num.intValue())) {
                    throw EngineCodec.malformed("A placeholder does not name its attachment.");
                }
                used.set(num.intValue());
                return BinaryNode.valueOf(data.get(num.intValue()));
            }
            for (Map.Entry<String, JsonNode> field : object.properties()) {
                field.setValue(filled(field.getValue(), data, used));
            }
        }
        return node;
    }

    /** Moves what is binary in {@code node} to {@code attachments}, a placeholder in its place. */
    static JsonNode withPlaceholders(JsonNode node, List<byte[]> attachments) {
        if (node instanceof BinaryNode binary) {
            ObjectNode placeholder = MAPPER.createObjectNode();
            placeholder.put("_placeholder", true).put("num", attachments.size());
            attachments.add(binary.binaryValue());
            return placeholder;
        }
        if (node instanceof ArrayNode array) {
            ArrayNode copy = MAPPER.createArrayNode();
            array.forEach(element -> copy.add(withPlaceholders(element, attachments)));
            return copy;
        }
        if (node instanceof ObjectNode object) {
            ObjectNode copy = MAPPER.createObjectNode();
            object.properties()
                    .forEach(
                            field ->
                                    copy.set(
                                            field.getKey(),
                                            withPlaceholders(field.getValue(), attachments)));
            return copy;
        }
        return node;
    }
}
