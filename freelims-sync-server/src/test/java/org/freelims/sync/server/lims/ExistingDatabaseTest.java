package org.freelims.sync.server.lims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.freelims.sync.server.PostgresForTests;
import org.freelims.sync.server.lims.LimsForTests.Reply;
import org.freelims.sync.server.postgres.DatabaseSetupException;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A database as FreeLIMS' own backend leaves it: its tables, its indexes, its rows. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExistingDatabaseTest {
    /** All columns, keys and indexes of FreeLIMS' tables, in a fixed order. */
    private static final String SHAPE =
            """
            SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                || ' ' || a.attnotnull || ' ' || COALESCE(pg_get_expr(d.adbin, d.adrelid), '')
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
            LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
                AND c.relname NOT IN ('samples', 'deleted_subjects')
            UNION ALL
            SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
                AND tablename NOT IN ('samples', 'deleted_subjects')
            UNION ALL
            SELECT 'key ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace
                AND conrelid::regclass::text NOT IN ('samples', 'deleted_subjects')
            ORDER BY 1
            """;

    private PostgresForTests.Database database;
    private LimsForTests lims;
    private List<String> shapeBefore = List.of();

    @BeforeAll
    void start() throws IOException {
        database = PostgresForTests.freshDatabase();
        try (InputStream script = getClass().getResourceAsStream("freelims-database.sql")) {
            if (script == null) {
                throw new IllegalStateException("freelims-database.sql is missing");
            }
            database.execute(new String(script.readAllBytes(), StandardCharsets.UTF_8));
        }
        shapeBefore = shape();
        lims = LimsForTests.on(database);
    }

    @AfterAll
    void stop() {
        lims.close();
    }

    private List<String> shape() {
        return Jdbi.create(database.dataSource())
                .withHandle(h -> h.createQuery(SHAPE).mapTo(String.class).list());
    }

    private String signIn(String username, String password) {
        Reply reply = lims.signIn(username, password);
        assertEquals(200, reply.status(), reply.text());
        return reply.json().path("access_token").asText();
    }

    @Test
    void migration_addsWhatIsMissingAndAltersNothing() {
        assertTrue(shapeBefore.size() > 80, () -> "the script made the tables: " + shapeBefore);
        assertEquals(shapeBefore, shape());
        assertEquals("0", lims.sql("SELECT count(*) FROM samples"));
        assertEquals(List.of(), LimsSchema.migrate(database.dataSource()), "once is enough");
    }

    @Test
    void migration_onAnEmptyDatabase_makesTheSameColumns() {
        try (LimsForTests fresh = LimsForTests.start()) {
            String columns =
                    "SELECT string_agg(x, ', ' ORDER BY x) FROM (SELECT table_name || '.' ||"
                        + " column_name || ' ' || data_type AS x FROM information_schema.columns"
                        + " WHERE table_schema = 'public' AND column_name NOT IN ('supplier',"
                        + " 'acquisition_date')) c";

            assertEquals(lims.sql(columns), fresh.sql(columns));
        }
    }

    @Test
    void existingUser_signsInAndGetsANewerHash() {
        String before = lims.sql("SELECT hashed_password FROM users WHERE username = 'kemi'");
        assertTrue(before.startsWith("$2b$04$"));

        // as a server does whose hashes cost more today
        var accounts =
                new org.freelims.sync.server.security.Accounts(
                        lims.jdbi,
                        new org.freelims.sync.server.security.Passwords(
                                5, new java.security.SecureRandom()));
        assertTrue(accounts.signIn("kemi", "wrong").isEmpty());
        assertEquals(before, lims.sql("SELECT hashed_password FROM users WHERE username = 'kemi'"));
        assertTrue(accounts.signIn("kemi", "password").isPresent());

        assertTrue(
                lims.sql("SELECT hashed_password FROM users WHERE username = 'kemi'")
                        .startsWith("$2b$05$"));
        assertEquals(
                "none",
                lims.sql(
                        "SELECT updated_at::text FROM users WHERE username = 'kemi'"
                                + " AND updated_at IS NOT NULL"),
                "nothing that others can see was changed");
        assertTrue(accounts.signIn("kemi", "password").isPresent());
    }

    @Test
    void existingRows_areServedWithTheColumnsThatWereAdded() {
        String token = signIn("admin", "password");

        JsonNode items = lims.get("/api/inventory/items/", token).json();

        assertEquals("Acetone", items.at("/0/chemical/name").asText());
        assertEquals("2026-02-28T00:00:00", items.at("/0/expiration_date").asText());
        assertEquals("2025-02-28T22:19:07.279744+00:00", items.at("/0/created_at").asText());
        assertTrue(items.at("/0").has("supplier"), "a column this installation added");
    }

    @Test
    void userWithNullFlags_isNotActive() {
        String token = signIn("ghost", "password");

        assertEquals(
                "400 {\"detail\":\"Inactive user\"}", lims.get("/api/users/me", token).toString());
    }

    @Test
    void newUser_isWrittenSoThatThePythonBackendReadsIt() {
        lims.post(
                "/api/register",
                "",
                "{\"email\":\"n@x\",\"username\":\"n\",\"full_name\":\"N\",\"password\":\"p\"}");

        assertEquals(
                "t f t",
                lims.sql(
                        "SELECT concat_ws(' ', is_active, is_admin, created_at IS NOT NULL)"
                                + " FROM users WHERE username = 'n'"));
    }

    @Test
    void recordWithAHistory_isDeletedAndItsHistoryStaysReadable() {
        String token = signIn("admin", "password");
        assertEquals(204, lims.delete("/api/locations/2", token).status());

        JsonNode ofLocation = lims.get("/api/locations/2/audit-logs/", token).json();
        assertEquals("DELETE", ofLocation.at("/0/action").asText());
        assertEquals("Old shelf", ofLocation.at("/0/old_value").asText());
        assertEquals("CREATE", ofLocation.at("/1/action").asText(), "the Python backend's entry");
        assertEquals(2, ofLocation.at("/1/location_id").asInt());
        assertEquals(
                ofLocation, lims.get("/api/locations/audit-logs/?location_id=2", token).json());
        assertEquals(404, lims.get("/api/locations/2", token).status());
        assertEquals(404, lims.get("/api/locations/99/audit-logs/", token).status());
    }

    @Test
    void itemWithAHistory_isDeletedAndItsHistoryStaysReadable() {
        String token = signIn("admin", "password");
        assertEquals(204, lims.delete("/api/inventory/items/2", token).status());

        assertEquals(
                "[\"DELETE\",\"CREATE\"]",
                actions(lims.get("/api/inventory/audit?inventory_item_id=2", token).json()));
        assertEquals(
                1, lims.get("/api/inventory/changes?inventory_item_id=2", token).json().size());
    }

    private static String actions(JsonNode entries) {
        var actions = com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.arrayNode();
        entries.forEach(entry -> actions.add(entry.path("action")));
        return actions.toString();
    }

    @Test
    void tableOfOurNameThatIsNot_isNamed() {
        PostgresForTests.Database other = PostgresForTests.freshDatabase();
        other.execute("CREATE TABLE samples (id bigint PRIMARY KEY, barcode text)");

        String message =
                assertThrows(
                                DatabaseSetupException.class,
                                () -> LimsSchema.migrate(other.dataSource()))
                        .toString();

        assertTrue(message.contains("samples.internal_id"), message);
        assertTrue(message.contains("Use another database"), message);
    }
}
