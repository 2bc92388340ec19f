package org.freelims.sync.server.lims;

import static java.util.stream.Collectors.toUnmodifiableMap;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.freelims.sync.access.View;
import org.freelims.sync.protocol.Row;

/**
 * What one account's {@link View} shows of the tables: the same rows and fields by REST as in
 * notifications. Immutable.
 */
final class Sight {
    /** Nothing is kept from whoever sees by this. */
    static final Sight WHOLE = new Sight(View.everything());

    private static final Map<String, String> RESOURCES =
            LimsResource.ALL.stream()
                    .collect(toUnmodifiableMap(LimsResource::table, LimsResource::name));

    /** Whose records these are parts of: whoever sees the record sees them. */
    private static final Map<String, String> PARTS_OF = Map.of("experiment_notes", "experiments");

    /*
     * Tables that tell of resources without being one: what a history says can't be taken apart by
     * rows and fields, so these are for those who see the resources whole.
     */
    private static final Map<String, Set<String>> TELL_OF =
            Map.of(
                    "chemical_audits", Set.of("chemicals"),
                    "location_audits", Set.of("locations"),
                    "inventory_audits", Set.of("inventory", "chemicals", "locations"),
                    "inventory_changes", Set.of("inventory"));

    /** The aliases that queries give the tables they join. */
    private static final Map<String, String> JOINED = Map.of("c", "chemicals", "l", "locations");

    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
                    .build();

    private final View view;

    Sight(View view) {
        this.view = view;
    }

    private boolean isWhole(String resource) {
        return view.allows(resource)
                && !view.filtersRows(resource)
                && view.hiddenFields(resource).isEmpty();
    }

    /** Whether all that a query on the table returns may be passed on as it is. */
    boolean isWhole(Table table) {
        return resource(table).map(this::isWhole).orElse(true)
                && table.nested().values().stream().allMatch(this::isWhole);
    }

    private static Optional<String> resource(Table table) {
        return Optional.ofNullable(RESOURCES.get(table.name()));
    }

    /**
     * @throws RefusedException 403 if the table is none of whose this is
     */
    void require(Table table) {
        if (!allows(table)) {
            throw RefusedException.forbidden("Not enough permissions");
        }
    }

    /** Whether anything of the table may be seen. */
    boolean allows(Table table) {
        return resource(table)
                .or(() -> Optional.ofNullable(PARTS_OF.get(table.name())))
                .map(view::allows)
                .orElseGet(
                        () ->
                                TELL_OF.getOrDefault(table.name(), Set.of()).stream()
                                        .allMatch(this::isWhole));
    }

    /**
     * @throws RefusedException 403 if a field is to be set that is hidden
     */
    void requireSettable(Table table, List<String> fields) {
        require(table);
        for (String field : fields) {
            if (isHidden(table, field)) {
                throw RefusedException.forbidden(
                        "There is no field '" + field + "' that you may set.");
            }
        }
    }

    private boolean isHidden(Table table, String field) {
        return resource(table).filter(r -> view.hiddenFields(r).contains(field)).isPresent();
    }

    /**
     * Whether a query on the table may look at a column: at a hidden one it could be guessed, and
     * at one of a joined table where that is not seen whole.
     *
     * @param column with its table's alias, such as {@code t.status}
     */
    boolean mayLookAt(Table table, String column) {
        String alias = column.substring(0, column.indexOf('.'));
        String joined = JOINED.get(alias);
        return joined == null
                ? !isHidden(table, column.substring(alias.length() + 1))
                : isWhole(joined);
    }

    /** Returns what is shown of a row, which is nothing if the row is not. */
    Optional<String> shown(Table table, String row) {
        if (isWhole(table)) {
            return Optional.of(row);
        }
        ObjectNode record = read(row);
        for (Map.Entry<String, String> nested : table.nested().entrySet()) {
            JsonNode within = record.path(nested.getKey());
            if (within.isObject()) {
                record.set(
                        nested.getKey(),
                        shown(nested.getValue(), (ObjectNode) within)
                                .<JsonNode>map(node -> node)
                                .orElseGet(record::nullNode));
            } else if (within.isArray()) {
                record.set(nested.getKey(), shown(nested.getValue(), (ArrayNode) within));
            }
        }
        return resource(table)
                .map(resource -> shown(resource, record))
                .orElse(Optional.of(record))
                .map(ObjectNode::toString);
    }

    private ArrayNode shown(String resource, ArrayNode records) {
        ArrayNode shown = records.arrayNode();
        records.forEach(record -> shown(resource, (ObjectNode) record).ifPresent(shown::add));
        return shown;
    }

    private Optional<ObjectNode> shown(String resource, ObjectNode record) {
        boolean seen =
                view.allows(resource)
                        && (!view.filtersRows(resource)
                                || view.sees(resource, Row.parse(write(record))));
        return seen ? Optional.of(record.remove(view.hiddenFields(resource))) : Optional.empty();
    }

    private static ObjectNode read(String row) {
        try {
            return (ObjectNode) JSON.readTree(row);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("PostgreSQL wrote a row that does not read as JSON");
        }
    }

    private static String write(ObjectNode record) {
        try {
            return JSON.writeValueAsString(record);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a row that was read can't be written", e);
        }
    }
}
