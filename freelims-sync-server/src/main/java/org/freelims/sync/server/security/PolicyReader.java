package org.freelims.sync.server.security;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.server.security.RolePolicy.Share;
import org.freelims.sync.subscription.Expression;

/**
 * Reads a {@link RolePolicy} from JSON. A name that there is not, misspelt perhaps, is refused:
 * what it was meant to hide would be seen. Thread-safe.
 */
public final class PolicyReader {
    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private static final String ALL = "*";
    private static final String ALL_OF_ADMINS = "administrators, where nothing else is said";

    private final Set<String> ordinary;
    private final Set<String> resources;
    private final Function<String, Set<String>> fields;

    /**
     * @param ordinary the resources that {@code "*"} stands for
     * @param resources all resources
     * @param fields the fields of a resource; empty if they are not known, and any may be named
     */
    public PolicyReader(
            Set<String> ordinary, Set<String> resources, Function<String, Set<String>> fields) {
        this.ordinary = Set.copyOf(ordinary);
        this.resources = Set.copyOf(resources);
        this.fields = fields;
    }

    /**
     * Reads a policy.
     *
     * @throws IllegalArgumentException if it is none; the message says what is wrong and where
     */
    public RolePolicy read(String json) {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "it is not JSON: "
                            + e.getOriginalMessage()
                            + " (line "
                            + e.getLocation().getLineNr()
                            + ")",
                    e);
        }
        only(root, "the policy", Set.of("roles", "everyone", "admins", "anonymous", "users"));
        Map<String, Map<String, Share>> roles = new LinkedHashMap<>();
        object(root.path("roles"), "roles")
                .forEach((name, role) -> roles.put(name, shares(role, "roles." + name)));
        List<String> admins = roleNames(root.path("admins"), "admins", roles.keySet());
        if (!root.has("admins")) {
            roles.put(ALL_OF_ADMINS, RolePolicy.whole(resources));
            admins = List.of(ALL_OF_ADMINS);
        }
        Map<String, List<String>> users = new LinkedHashMap<>();
        object(root.path("users"), "users")
                .forEach(
                        (name, held) ->
                                users.put(name, roleNames(held, "users." + name, roles.keySet())));
        return new RolePolicy(
                roles,
                roleNames(root.path("everyone"), "everyone", roles.keySet()),
                admins,
                roleNames(root.path("anonymous"), "anonymous", roles.keySet()),
                users);
    }

    private Map<String, Share> shares(JsonNode role, String where) {
        Map<String, Share> shares = new LinkedHashMap<>();
        object(role, where)
                .forEach(
                        (resource, said) -> {
                            String at = where + "." + resource;
                            if (resource.equals(ALL)) {
                                Share share = share(said, at, ordinary);
                                ordinary.forEach(name -> shares.putIfAbsent(name, share));
                            } else if (resources.contains(resource)) {
                                shares.put(resource, share(said, at, Set.of(resource)));
                            } else {
                                throw wrong(at, "there is no such resource", resources);
                            }
                        });
        return shares;
    }

    private Share share(JsonNode said, String where, Set<String> of) {
        only(said, where, Set.of("rows", "hide"));
        Optional<String> rows = text(said.path("rows"), where + ".rows");
        Set<String> hidden = new LinkedHashSet<>(texts(said.path("hide"), where + ".hide"));
        for (String resource : of) {
            Set<String> known = fields.apply(resource);
            rows.ifPresent(filter -> checkFields(filtered(resource, filter, where), known, where));
            checkFields(hidden, known, where + ".hide");
        }
        return new Share(rows, hidden);
    }

    private static Set<String> filtered(String resource, String filter, String where) {
        try {
            Expression read = RolePolicy.filter(resource, filter);
            return read.filterFields();
        } catch (SyncException e) {
            throw new IllegalArgumentException(
                    where + ".rows: '" + filter + "': " + e.getMessage(), e);
        }
    }

    private static void checkFields(Set<String> named, Set<String> known, String where) {
        for (String field : named) {
            if (!known.isEmpty() && !known.contains(field)) {
                throw wrong(where, "there is no field '" + field + "'", known);
            }
            if (field.equals("id") && where.endsWith(".hide")) {
                throw new IllegalArgumentException(
                        where + ": the id can't be hidden; every notification names it");
            }
        }
    }

    private static List<String> roleNames(JsonNode said, String where, Set<String> roles) {
        List<String> names = texts(said, where);
        for (String name : names) {
            if (!roles.contains(name)) {
                throw wrong(where, "there is no role '" + name + "'", roles);
            }
        }
        return names;
    }

    private static Map<String, JsonNode> object(JsonNode node, String where) {
        if (node instanceof MissingNode) {
            return Map.of();
        }
        if (!node.isObject()) {
            throw new IllegalArgumentException(where + " must be an object: {...}");
        }
        Map<String, JsonNode> properties = new LinkedHashMap<>();
        node.properties().forEach(e -> properties.put(e.getKey(), e.getValue()));
        return properties;
    }

    private static void only(JsonNode node, String where, Set<String> names) {
        for (String name : object(node, where).keySet()) {
            if (!names.contains(name)) {
                throw wrong(where, "nothing is known as '" + name + "'", names);
            }
        }
    }

    private static Optional<String> text(JsonNode node, String where) {
        if (node instanceof MissingNode) {
            return Optional.empty();
        }
        if (!node.isTextual() || node.textValue().isBlank()) {
            throw new IllegalArgumentException(where + " must be a text that is not empty");
        }
        return Optional.of(node.textValue());
    }

    private static List<String> texts(JsonNode node, String where) {
        if (node instanceof MissingNode) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        if (!node.isArray()) {
            throw new IllegalArgumentException(where + " must be a list: [...]");
        }
        for (JsonNode element : node) {
            texts.add(text(element, where).orElseThrow());
        }
        return texts;
    }

    private static IllegalArgumentException wrong(String where, String what, Set<String> known) {
        return new IllegalArgumentException(
                where + ": " + what + "; there are: " + String.join(", ", new TreeSet<>(known)));
    }
}
