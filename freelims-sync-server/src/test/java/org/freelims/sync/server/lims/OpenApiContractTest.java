package org.freelims.sync.server.lims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.freelims.sync.server.lims.LimsForTests.Reply;
import org.freelims.sync.server.security.CorsPolicy;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.model.Resource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** The API is what openapi.json says, no more and no less: every operation is asked. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenApiContractTest {
    private static final Set<String> UNIQUE_FIELDS =
            Set.of("cas_number", "internal_id", "username", "email");
    private static final String UNKNOWN_ID = "2000000000";

    private final AtomicInteger number = new AtomicInteger();
    private LimsForTests lims;
    private JsonNode document;
    private JsonSchema schema;

    /** One operation of the document. */
    private record Operation(String path, String method, JsonNode json) {
        boolean isPublic() {
            return json.has("security") && json.path("security").isEmpty();
        }

        boolean isForAdmins() {
            return json.path("responses").has("403")
                    && (path.startsWith("/users") || path.startsWith("/settings"));
        }

        String success() {
            for (String status : List.of("200", "201", "204")) {
                if (json.path("responses").has(status)) {
                    return status;
                }
            }
            throw new AssertionError(this + " describes no success");
        }

        boolean hasId() {
            return path.contains("{");
        }

        JsonNode form() {
            return json.path("requestBody")
                    .path("content")
                    .path("application/x-www-form-urlencoded");
        }

        JsonNode body() {
            return json.path("requestBody").path("content").path("application/json");
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    @BeforeAll
    void start() {
        lims = LimsForTests.start();
        lims.user(); // id 1, as the examples say
        lims.chemical("first");
        lims.location("first");
        lims.item(1, 1, 1000);
        document = lims.get("/api/openapi.json", "").json();
        schema = new JsonSchema(document);
    }

    @AfterAll
    void stop() {
        lims.close();
    }

    private List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        document.path("paths")
                .properties()
                .forEach(
                        path ->
                                path.getValue()
                                        .properties()
                                        .forEach(
                                                method ->
                                                        operations.add(
                                                                new Operation(
                                                                        path.getKey(),
                                                                        method.getKey()
                                                                                .toUpperCase(
                                                                                        Locale
                                                                                                .ROOT),
                                                                        method.getValue()))));
        return operations;
    }

    @Test
    void operations_described_areThoseThatAreThere() {
        Set<String> described = new TreeSet<>();
        for (Operation operation : operations()) {
            described.add(operation.method() + " " + plain(operation.path()));
        }

        ResourceConfig config =
                LimsApi.on(lims.jdbi, lims.accounts, lims.tokens)
                        .cors(CorsPolicy.sameOriginOnly())
                        .build()
                        .resourceConfig();
        Set<String> present = new TreeSet<>();
        for (Object instance : config.getInstances()) {
            Resource resource = Resource.from(instance.getClass());
            if (resource != null) {
                collect(resource, "", present);
            }
        }
        assertEquals(present, described);
    }

    private static void collect(Resource resource, String prefix, Set<String> into) {
        String path = prefix + (resource.getPath() == null ? "" : "/" + resource.getPath());
        resource.getResourceMethods()
                .forEach(method -> into.add(method.getHttpMethod() + " " + plain(path)));
        resource.getChildResources().forEach(child -> collect(child, path, into));
    }

    private static String plain(String path) {
        return path.replaceAll("\\{[^}]*}", "{}").replaceAll("/+", "/");
    }

    @Test
    void operationIds_areUnique() {
        Set<String> ids = new TreeSet<>();
        operations()
                .forEach(
                        o ->
                                assertTrue(
                                        ids.add(o.json().path("operationId").asText()),
                                        ids::toString));
    }

    @Test
    void bodies_described_haveTheFieldsThatAreRead() {
        Map<String, Table> tables =
                Map.of(
                        "Chemical", Tables.CHEMICALS,
                        "Location", Tables.LOCATIONS,
                        "InventoryItem", Tables.INVENTORY,
                        "InventoryChange", Tables.INVENTORY_CHANGES,
                        "Experiment", Tables.EXPERIMENTS,
                        "ExperimentNote", Tables.EXPERIMENT_NOTES,
                        "Sample", Tables.SAMPLES,
                        "Test", Tables.TESTS);
        tables.forEach(
                (name, table) -> {
                    JsonNode described = document.at("/components/schemas/" + name + "Create");
                    Set<String> required = new TreeSet<>();
                    described.path("required").forEach(field -> required.add(field.asText()));
                    Set<String> read = new TreeSet<>();
                    for (Field field : table.fields()) {
                        JsonNode property = described.path("properties").path(field.name());
                        assertFalse(property.isMissingNode(), name + "." + field.name());
                        assertChoices(field, property, name);
                        if (field.required()) {
                            read.add(field.name());
                        }
                    }
                    assertEquals(read, required, name);
                });
    }

    private static void assertChoices(Field field, JsonNode property, String name) {
        List<String> described = new ArrayList<>();
        property.path("enum").forEach(value -> described.add(value.asText()));
        described.remove("null");
        assertEquals(field.choices(), described, name + "." + field.name());
    }

    @TestFactory
    Stream<DynamicTest> operation_asked_answersAsDescribed() {
        return operations().stream()
                .map(o -> DynamicTest.dynamicTest(o.toString(), () -> assertAnswers(o, "")));
    }

    @TestFactory
    Stream<DynamicTest> operation_askedWithATrailingSlash_answersTheSame() {
        return operations().stream()
                .map(o -> DynamicTest.dynamicTest(o + "/", () -> assertAnswers(o, "/")));
    }

    private void assertAnswers(Operation operation, String slash) {
        Reply reply = ask(operation, pathFor(operation) + slash, lims.admin());
        assertEquals(operation.success(), String.valueOf(reply.status()), reply.toString());
        assertDescribed(operation, reply);
    }

    @TestFactory
    Stream<DynamicTest> operation_withoutToken_isRefusedUnlessPublic() {
        return operations().stream()
                .filter(o -> !o.isPublic())
                .map(
                        o ->
                                DynamicTest.dynamicTest(
                                        o.toString(),
                                        () -> {
                                            Reply reply = ask(o, pathFor(o), "");
                                            assertEquals(401, reply.status());
                                            assertEquals(
                                                    "Could not validate credentials",
                                                    reply.detail());
                                            assertEquals(
                                                    "Bearer",
                                                    reply.header("WWW-Authenticate").orElse(""));
                                            assertDescribed(o, reply);
                                        }));
    }

    @TestFactory
    Stream<DynamicTest> operation_forAdmins_isForbiddenToOthers() {
        return operations().stream()
                .filter(Operation::isForAdmins)
                .map(
                        o ->
                                DynamicTest.dynamicTest(
                                        o.toString(),
                                        () -> {
                                            Reply reply = ask(o, pathFor(o), lims.user());
                                            assertEquals(403, reply.status());
                                            assertDescribed(o, reply);
                                        }));
    }

    @TestFactory
    Stream<DynamicTest> operation_onAnUnknownId_isNotFound() {
        return operations().stream()
                .filter(Operation::hasId)
                .map(
                        o ->
                                DynamicTest.dynamicTest(
                                        o.toString(),
                                        () -> {
                                            for (String id :
                                                    List.of(
                                                            UNKNOWN_ID,
                                                            "0",
                                                            "-1",
                                                            "9".repeat(40))) {
                                                Reply reply =
                                                        ask(
                                                                o,
                                                                "/api"
                                                                        + o.path()
                                                                                .replaceAll(
                                                                                        "\\{.*?}",
                                                                                        id),
                                                                lims.admin());
                                                assertEquals(404, reply.status(), id);
                                                assertDescribed(o, reply);
                                            }
                                        }));
    }

    @TestFactory
    Stream<DynamicTest> operation_onAnIdThatIsNoNumber_isInvalid() {
        return operations().stream()
                .filter(Operation::hasId)
                .map(
                        o ->
                                DynamicTest.dynamicTest(
                                        o.toString(),
                                        () -> {
                                            Reply reply =
                                                    ask(
                                                            o,
                                                            "/api"
                                                                    + o.path()
                                                                            .replaceAll(
                                                                                    "\\{.*?}", "x"),
                                                            lims.admin());
                                            assertEquals(422, reply.status());
                                            assertDescribed(o, reply);
                                            JsonNode location = reply.json().at("/detail/0/loc");
                                            assertEquals(
                                                    "[\"path\",\"" + parameter(o) + "\"]",
                                                    location.toString());
                                        }));
    }

    @TestFactory
    Stream<DynamicTest> operation_withABodyThatIsNoObject_isInvalid() {
        return operations().stream()
                .filter(o -> !o.body().isMissingNode())
                .map(
                        o ->
                                DynamicTest.dynamicTest(
                                        o.toString(),
                                        () -> {
                                            for (String body :
                                                    List.of("", "{", "[]", "null", "7", "{}{}")) {
                                                Reply reply =
                                                        lims.send(
                                                                o.method(),
                                                                pathFor(o),
                                                                lims.admin(),
                                                                body);
                                                assertEquals(422, reply.status(), body);
                                                assertDescribed(o, reply);
                                            }
                                        }));
    }

    private static String parameter(Operation operation) {
        return operation.path().replaceAll(".*\\{(.*)}.*", "$1");
    }

    private String pathFor(Operation operation) {
        if (!operation.hasId()) {
            return "/api" + operation.path();
        }
        return "/api" + operation.path().replaceAll("\\{.*}", String.valueOf(fresh(operation)));
    }

    /* A record of its own for each question: the operation may delete it. */
    private int fresh(Operation operation) {
        int n = number.incrementAndGet();
        return switch (parameter(operation)) {
            case "user_id" -> {
                lims.token("person" + n, false);
                yield lims.accounts.find("person" + n).orElseThrow().id();
            }
            case "chemical_id" -> lims.chemical("chemical " + n);
            case "location_id" -> lims.location("location " + n);
            case "item_id" -> lims.item(1, 1, n);
            case "experiment_id" -> lims.created("/api/experiments", example("Experiment"));
            case "sample_id" -> lims.created("/api/samples", example("Sample"));
            case "test_id" -> lims.created("/api/tests", example("Test"));
            default -> throw new AssertionError("no record for " + operation);
        };
    }

    private String example(String schemaName) {
        return operations().stream()
                .filter(
                        o ->
                                o.body()
                                        .at("/schema/$ref")
                                        .asText()
                                        .endsWith("/" + schemaName + "Create"))
                .map(o -> distinct(o.body().path("example")).toString())
                .findFirst()
                .orElseThrow();
    }

    private JsonNode distinct(JsonNode example) {
        ObjectNode copy = example.deepCopy();
        int n = number.incrementAndGet();
        for (String field : UNIQUE_FIELDS) {
            if (copy.path(field).isTextual()) {
                copy.put(field, n + copy.path(field).asText());
            }
        }
        if (copy.path("name").asText().equals("Cold room")) {
            copy.put("name", "Cold room " + n);
        }
        return copy;
    }

    private Reply ask(Operation operation, String path, String token) {
        if (!operation.form().isMissingNode()) {
            JsonNode form = operation.form().path("example");
            StringBuilder body = new StringBuilder();
            form.properties()
                    .forEach(
                            field ->
                                    body.append(field.getKey())
                                            .append('=')
                                            .append(
                                                    URLEncoder.encode(
                                                            field.getValue().asText(),
                                                            StandardCharsets.UTF_8))
                                            .append('&'));
            return lims.send(
                    lims.request(path)
                            .header("Origin", LimsForTests.ORIGIN)
                            .header("Content-Type", "application/x-www-form-urlencoded")
                            .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
        }
        JsonNode example = operation.body().path("example");
        if (!example.isMissingNode()) {
            assertEquals(List.of(), exampleViolations(operation), "the example fits its schema");
        }
        return lims.send(
                operation.method(),
                path,
                token,
                example.isMissingNode() ? "" : distinct(example).toString());
    }

    /* Numbers in examples may be texts, which the schema of a well-written client doesn't say. */
    private List<String> exampleViolations(Operation operation) {
        return schema
                .violations(operation.body().path("schema"), operation.body().path("example"))
                .stream()
                .filter(violation -> !violation.contains("is \""))
                .toList();
    }

    private void assertDescribed(Operation operation, Reply reply) {
        JsonNode described =
                schema.resolve(
                        operation.json().path("responses").path(String.valueOf(reply.status())));
        assertFalse(described.isMissingNode(), operation + " doesn't describe " + reply);
        assertEquals(
                LimsForTests.ORIGIN, reply.header("Access-Control-Allow-Origin").orElse("none"));
        JsonNode content = described.path("content").path("application/json");
        if (content.isMissingNode()) {
            assertEquals("", reply.text());
            assertTrue(reply.header("Content-Type").isEmpty());
            return;
        }
        assertEquals("application/json", reply.header("Content-Type").orElse(""));
        assertEquals(List.of(), schema.violations(content.path("schema"), reply.json()));
    }
}
