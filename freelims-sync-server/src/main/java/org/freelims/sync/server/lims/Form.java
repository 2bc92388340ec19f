package org.freelims.sync.server.lims;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A request's JSON body. What it says wrong is collected in {@link #problems()}, so that the client
 * hears all of it at once. Confined to the request.
 */
final class Form {
    private static final String BODY = "body";
    private static final int MAX_LIST_ITEMS = 1000;
    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .build();

    private final JsonNode json;
    private final Problems problems = new Problems();

    private Form(JsonNode json) {
        this.json = json;
    }

    /**
     * Reads a body.
     *
     * @throws InvalidRequestException if there is none, or it isn't a JSON object
     */
    static Form of(byte[] body) {
        JsonNode json = parse(body);
        if (json.isMissingNode() || json.isNull()) {
            throw new InvalidRequestException(
                    new Problem(List.of(BODY), "Field required", "missing"));
        }
        if (!json.isObject()) {
            throw new InvalidRequestException(
                    new Problem(
                            List.of(BODY),
                            "Input should be a valid dictionary or object to extract fields from",
                            "model_attributes_type"));
        }
        return new Form(json);
    }

    /** JSON is UTF-8 (RFC 8259, section 8.1); the parser would guess at what else it may be. */
    private static JsonNode parse(byte[] body) {
        try {
            return JSON.readTree(UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString());
        } catch (JsonProcessingException e) {
            long offset = e.getLocation() == null ? 0 : e.getLocation().getCharOffset();
            throw invalid((int) Math.max(0, Math.min(offset, body.length)));
        } catch (CharacterCodingException | NumberFormatException e) {
            throw invalid(0);
        }
    }

    private static InvalidRequestException invalid(int place) {
        return new InvalidRequestException(
                new Problem(List.of(BODY, place), "JSON decode error", "json_invalid"));
    }

    Problems problems() {
        return problems;
    }

    /** The values for a new record: what is required must be there, and be right. */
    Input forNew(List<Field> fields) {
        List<Input.Value> values = new ArrayList<>();
        for (Field field : fields) {
            JsonNode sent = json.path(field.name());
            if (sent.isMissingNode()) {
                if (field.required()) {
                    problems.add(Problem.missing(BODY, field.name()));
                }
            } else if (!sent.isNull() || field.required()) {
                read(field, sent).ifPresent(values::add);
            }
        }
        values.forEach(value -> value.objection().ifPresent(problems::add));
        return new Input(values);
    }

    /** The values to change in a record; {@code null} and what wasn't sent stay as they are. */
    Input forUpdate(List<Field> fields) {
        List<Input.Value> values = new ArrayList<>();
        for (Field field : fields) {
            JsonNode sent = json.path(field.name());
            if (!sent.isMissingNode() && !sent.isNull()) {
                read(field, sent).ifPresent(values::add);
            }
        }
        return new Input(values);
    }

    private Optional<Input.Value> read(Field field, JsonNode sent) {
        boolean emptyMeansNone =
                sent.isTextual()
                        && sent.textValue().isBlank()
                        && (field.isUnique() || field.email() || isNoText(field));
        if (emptyMeansNone && !field.required()) {
            return Optional.of(new Input.Value(field, null, Optional.empty()));
        }
        return new FieldReader(List.of(BODY, field.name()), problems)
                .read(field.type(), sent)
                .map(value -> new Input.Value(field, value, field.objectionTo(value)));
    }

    private static boolean isNoText(Field field) {
        return field.type() != FieldType.TEXT && field.type() != FieldType.PROSE;
    }

    /** A list of ids, each once; empty if it wasn't sent or is {@code null}. */
    Optional<Set<Integer>> ids(String name) {
        JsonNode sent = json.path(name);
        if (sent.isMissingNode() || sent.isNull()) {
            return Optional.empty();
        }
        if (!sent.isArray()) {
            problems.add(Problem.at(BODY, name, "Input should be a valid list", "list_type"));
            return Optional.empty();
        }
        if (sent.size() > MAX_LIST_ITEMS) {
            problems.add(
                    Problem.at(
                            BODY,
                            name,
                            "List should have at most " + MAX_LIST_ITEMS + " items",
                            "too_long"));
            return Optional.empty();
        }
        Set<Integer> ids = new LinkedHashSet<>();
        for (int i = 0; i < sent.size(); i++) {
            new FieldReader(List.of(BODY, name, i), problems)
                    .integer(sent.get(i))
                    .ifPresent(ids::add);
        }
        return Optional.of(ids);
    }
}
