package org.freelims.sync.server.lims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.freelims.sync.server.lims.LimsForTests.Reply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What the frontend's forms rely on: what counts as a change, as none and as wrong. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RecordsTest {
    private LimsForTests lims;
    private String user = "";

    @BeforeAll
    void start() {
        lims = LimsForTests.start();
        user = lims.user();
        // stands for capture: notes who is said to have changed what
        lims.database.execute(
                """
                CREATE TABLE heard (n serial, t text, op text, actor text, reason text);
                CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    INSERT INTO heard (t, op, actor, reason) VALUES (TG_TABLE_NAME, TG_OP,
                        current_setting('freelims_sync.actor', true),
                        current_setting('freelims_sync.reason', true));
                    RETURN NULL;
                END $$;
                CREATE TRIGGER h AFTER INSERT OR UPDATE OR DELETE ON chemicals
                    FOR EACH ROW EXECUTE FUNCTION hear();
                CREATE TRIGGER h AFTER INSERT OR UPDATE OR DELETE ON inventory_items
                    FOR EACH ROW EXECUTE FUNCTION hear();
                CREATE TRIGGER h AFTER INSERT OR UPDATE OR DELETE ON locations
                    FOR EACH ROW EXECUTE FUNCTION hear();
                CREATE TRIGGER h AFTER INSERT OR UPDATE OR DELETE ON samples
                    FOR EACH ROW EXECUTE FUNCTION hear();
                CREATE TRIGGER h AFTER INSERT OR UPDATE OR DELETE ON tests
                    FOR EACH ROW EXECUTE FUNCTION hear();
                CREATE TRIGGER h AFTER INSERT OR UPDATE OR DELETE ON users
                    FOR EACH ROW EXECUTE FUNCTION hear();
                """);
    }

    @AfterAll
    void stop() {
        lims.close();
    }

    private String heardDuring(Runnable work) {
        int before = Integer.parseInt(lims.sql("SELECT COALESCE(max(n), 0) FROM heard"));
        work.run();
        return lims.sql(
                "SELECT COALESCE(string_agg(concat_ws(' ', t, op, actor, nullif(reason, '')), '; '"
                        + " ORDER BY n), '') FROM heard WHERE n > "
                        + before);
    }

    private String actor() {
        return lims.accounts.find("tech").orElseThrow().principalName();
    }

    @Test
    void put_ofTheWholeFormUnchanged_touchesNothing() {
        int chemical = lims.chemical("Unchanged");
        int location = lims.location("Unchanged");
        int item = lims.item(chemical, location, 12.5);
        for (String path :
                List.of(
                        "/api/chemicals/" + chemical,
                        "/api/locations/" + location,
                        "/api/inventory/items/" + item)) {
            ObjectNode form = lims.get(path, user).json().deepCopy();
            if (form.has("quantity")) {
                form.put("quantity", "12.50");
            }
            Reply[] reply = new Reply[1];

            String heard = heardDuring(() -> reply[0] = lims.put(path, user, form.toString()));

            assertEquals(200, reply[0].status());
            assertEquals("", heard, path);
            assertTrue(lims.get(path, user).json().path("updated_at").isEmpty());
        }
    }

    @Test
    void put_withNulls_changesWhatIsNotNull() {
        int id = lims.created("/api/chemicals", "{\"name\":\"Partly\",\"cas_number\":\"1-1-1\"}");
        Reply[] reply = new Reply[1];

        String heard =
                heardDuring(
                        () ->
                                reply[0] =
                                        lims.put(
                                                "/api/chemicals/" + id,
                                                user,
                                                "{\"name\":null,\"cas_number\":null,\"formula\":\"H2\"}"));

        assertEquals("chemicals UPDATE " + actor(), heard);
        assertEquals("Partly", reply[0].json().path("name").asText());
        assertEquals("1-1-1", reply[0].json().path("cas_number").asText());
        assertEquals("H2", reply[0].json().path("formula").asText());
        assertTrue(reply[0].json().path("updated_at").isTextual());
    }

    @Test
    void emptyText_forAUniqueField_countsAsNone() {
        int first = lims.created("/api/chemicals", "{\"name\":\"E1\",\"cas_number\":\"\"}");
        int second = lims.created("/api/chemicals", "{\"name\":\"E2\",\"cas_number\":\"\"}");
        assertTrue(lims.get("/api/chemicals/" + first, user).json().path("cas_number").isNull());
        lims.put("/api/chemicals/" + second, user, "{\"cas_number\":\"2-2-2\"}");

        Reply cleared = lims.put("/api/chemicals/" + second, user, "{\"cas_number\":\"\"}");

        assertTrue(cleared.json().path("cas_number").isNull(), cleared.text());
        // as the original stored it: no number is no number
        lims.database.execute("UPDATE chemicals SET cas_number = '' WHERE id = " + first);
        assertEquals(
                "",
                heardDuring(
                        () -> lims.put("/api/chemicals/" + first, user, "{\"cas_number\":\"\"}")));
    }

    @Test
    void uniqueValue_inUse_isRefusedWithASentence() {
        lims.created("/api/chemicals", "{\"name\":\"U\",\"cas_number\":\"3-3-3\"}");
        int other = lims.chemical("V");
        String sentence = "400 {\"detail\":\"Chemical with this CAS number already exists\"}";

        assertEquals(
                sentence,
                lims.post("/api/chemicals", user, "{\"name\":\"W\",\"cas_number\":\"3-3-3\"}")
                        .toString());
        assertEquals(
                "",
                heardDuring(
                        () ->
                                assertEquals(
                                        sentence,
                                        lims.put(
                                                        "/api/chemicals/" + other,
                                                        user,
                                                        "{\"cas_number\":\"3-3-3\"}")
                                                .toString())));
    }

    @Test
    void uniqueValue_wantedByManyAtOnce_isGivenOnce() {
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            replies.add(
                    CompletableFuture.supplyAsync(
                            () -> lims.post("/api/locations", user, "{\"name\":\"Wanted\"}")));
        }

        List<Integer> statuses = replies.stream().map(r -> r.join().status()).sorted().toList();

        assertEquals(201, statuses.get(0));
        assertEquals(List.of(400), statuses.stream().skip(1).distinct().toList());
    }

    @Test
    void chemicalAndLocation_inUse_areNotDeleted() {
        int chemical = lims.chemical("Used");
        int location = lims.location("Used");
        lims.item(chemical, location, 1);

        assertEquals(
                "400 {\"detail\":\"Cannot delete chemical that is used in inventory\"}",
                lims.delete("/api/chemicals/" + chemical, user).toString());
        assertEquals(
                "400 {\"detail\":\"Cannot delete location that is associated with inventory"
                        + " items\"}",
                lims.delete("/api/locations/" + location, user).toString());
        assertEquals(200, lims.get("/api/chemicals/" + chemical, user).status());
    }

    @Test
    void quantity_changed_isDecimalAndTellsWhoAndWhy() {
        int item = lims.item(lims.chemical("Q"), lims.location("Q"), 0.3);

        assertEquals(
                "inventory_items UPDATE "
                        + actor()
                        + " Used; inventory_items UPDATE "
                        + actor()
                        + " Used",
                heardDuring(
                        () -> {
                            assertEquals(201, change(item, "-0.1").status());
                            assertEquals(201, change(item, "\"-0.2\"").status());
                        }));

        assertEquals(0.0, quantity(item));
        assertEquals(
                "",
                heardDuring(
                        () ->
                                assertEquals(
                                        "400 {\"detail\":\"Inventory quantity cannot be"
                                                + " negative\"}",
                                        change(item, "-0.01").toString())));
        assertEquals(
                3,
                lims.get("/api/inventory/changes?inventory_item_id=" + item, user).json().size());
        JsonNode audit = lims.get("/api/inventory/audit?inventory_item_id=" + item, user).json();
        assertEquals("quantity", audit.at("/0/field_name").asText());
        assertEquals("0.2", audit.at("/0/old_value").asText());
        assertEquals("0", audit.at("/0/new_value").asText());
    }

    private Reply change(int item, String amount) {
        return lims.post(
                "/api/inventory/changes",
                user,
                "{\"inventory_item_id\":%d,\"change_amount\":%s,\"reason\":\"Used\"}"
                        .formatted(item, amount));
    }

    private double quantity(int item) {
        return lims.get("/api/inventory/items/" + item, user).json().path("quantity").asDouble();
    }

    @Test
    void quantity_takenByManyAtOnce_isNeverBelowZero() {
        int item = lims.item(lims.chemical("M"), lims.location("M"), 10);
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            replies.add(CompletableFuture.supplyAsync(() -> change(item, "-1")));
        }

        long taken = replies.stream().filter(r -> r.join().status() == 201).count();

        assertEquals(10, taken);
        assertEquals(0.0, quantity(item));
    }

    @Test
    void itemPut_ofAnotherChemical_isAuditedByName() {
        int first = lims.chemical("Before");
        int second = lims.chemical("After");
        int item = lims.item(first, lims.location("Audited"), 5);

        lims.put(
                "/api/inventory/items/" + item,
                user,
                "{\"chemical_id\":\"%d\",\"quantity\":7}".formatted(second));

        JsonNode audit =
                lims.get(
                                "/api/inventory/audit?action=UPDATE&field_name=chemical_id&inventory_item_id="
                                        + item,
                                user)
                        .json();
        assertEquals("Before (ID: " + first + ")", audit.at("/0/old_value").asText());
        assertEquals("After (ID: " + second + ")", audit.at("/0/new_value").asText());
        assertEquals(
                2.0,
                lims.get("/api/inventory/changes?inventory_item_id=" + item, user)
                        .json()
                        .at("/0/change_amount")
                        .asDouble());
        assertEquals(
                "404 {\"detail\":\"Chemical not found\"}",
                lims.put("/api/inventory/items/" + item, user, "{\"chemical_id\":99999}")
                        .toString());
    }

    @Test
    void experiment_ofSomebodyElse_isReadButNotChanged() {
        int id =
                lims.created(
                        "/api/experiments",
                        "{\"title\":\"X\",\"status\":\"planned\",\"start_date\":\"2026-03-01\"}");

        assertEquals(200, lims.get("/api/experiments/" + id, user).status());
        assertEquals(
                "403 {\"detail\":\"Not authorized to update this experiment\"}",
                lims.put("/api/experiments/" + id, user, "{\"title\":\"Mine\"}").toString());
        assertEquals(403, lims.delete("/api/experiments/" + id, user).status());
    }

    @Test
    void experiment_withAChemicalThatIsNotThere_isNotMade() {
        String count = lims.sql("SELECT count(*) FROM experiments");

        Reply reply =
                lims.post(
                        "/api/experiments",
                        user,
                        "{\"title\":\"X\",\"status\":\"planned\",\"start_date\":\"2026-03-01\",\"chemical_ids\":[99999]}");

        assertEquals(400, reply.status());
        assertEquals(count, lims.sql("SELECT count(*) FROM experiments"));
    }

    @Test
    void times_inEveryUsualForm_areTaken() {
        String[][] points = {
            {"\"2026-02-28T10:30:00Z\"", "2026-02-28T10:30:00+00:00"},
            {"\"2026-02-28T10:30:00.125+05:30\"", "2026-02-28T05:00:00.125+00:00"},
            {"1772274600", "2026-02-28T10:30:00+00:00"},
            {"1772274600000", "2026-02-28T10:30:00+00:00"}
        };
        for (String[] point : points) {
            Reply reply = sample(point[0]);
            assertEquals(point[1], reply.json().path("received_at").asText(), point[0]);
        }
        String[][] onTheWall = {
            {"\"2026-02-28\"", "2026-02-28T00:00:00"},
            {"\"2026-02-28 10:30\"", "2026-02-28T10:30:00"},
            {"\"2026-02-28T10:30:00.5\"", "2026-02-28T10:30:00.5"}
        };
        int item = lims.item(lims.chemical("T"), lims.location("T"), 1);
        for (String[] time : onTheWall) {
            Reply reply =
                    lims.put(
                            "/api/inventory/items/" + item,
                            user,
                            "{\"expiration_date\":" + time[0] + "}");
            assertEquals(time[1], reply.json().path("expiration_date").asText(), time[0]);
            assertEquals(201, sample(time[0]).status());
        }
        for (String wrong :
                List.of("\"\u00e4\"", "\"2026-02-30\"", "\"0000-01-01\"", "1e300", "true")) {
            assertEquals(422, sample(wrong).status(), wrong);
        }
    }

    private Reply sample(String receivedAt) {
        return lims.post(
                "/api/samples",
                user,
                "{\"internal_id\":\"%s\",\"name\":\"t\",\"status\":\"received\",\"received_at\":%s}"
                        .formatted(System.nanoTime(), receivedAt));
    }

    @Test
    void values_thatAreWrong_areNamedTogether() {
        Reply reply =
                lims.post(
                        "/api/inventory/items",
                        user,
                        """
                        {"chemical_id":"one","location_id":1.5,"quantity":-1,"unit":"",
                         "expiration_date":"tomorrow"}\
                        """);

        assertEquals(422, reply.status());
        List<String> found = new ArrayList<>();
        reply.json()
                .path("detail")
                .forEach(
                        problem ->
                                found.add(
                                        problem.at("/loc/1").asText()
                                                + " "
                                                + problem.path("type").asText()));
        assertEquals(
                List.of(
                        "chemical_id int_parsing",
                        "location_id int_from_float",
                        "expiration_date datetime_from_date_parsing",
                        "quantity greater_than_equal",
                        "unit string_too_short"),
                found);
    }

    @Test
    void values_thatAreHostile_areRefusedAndHarmNothing() {
        for (String body :
                List.of(
                        "{\"name\":\"a\\u0000b\"}",
                        "{\"name\":\"\\ud800\"}",
                        "{\"name\":7}",
                        "{\"name\":[\"a\"]}",
                        "{\"name\":null}",
                        "{\"name\":\"" + "x".repeat(501) + "\"}",
                        "{\"name\":\"a\",\"molecular_weight\":1e400}",
                        "{\"name\":\"a\",\"molecular_weight\":\"NaN\"}",
                        "{\"name\":\"a\",\"molecular_weight\":true}",
                        "[".repeat(2000))) {
            Reply reply = lims.post("/api/chemicals", user, body);
            assertEquals(422, reply.status(), body.substring(0, Math.min(40, body.length())));
        }
        Reply injected =
                lims.post("/api/chemicals", user, "{\"name\":\"'; DROP TABLE chemicals; --\"}");
        assertEquals(201, injected.status());
        assertEquals(200, lims.get("/api/chemicals?search=%27%3B%20DROP%25_", user).status());
    }

    @Test
    void search_takesPercentAndUnderscoreAsTheyAre() {
        lims.chemical("50% acid");
        lims.chemical("500 acid");

        JsonNode found = lims.get("/api/chemicals/?search=0%25%20AC", user).json();

        assertEquals(1, found.size());
        assertEquals("50% acid", found.at("/0/name").asText());
    }

    @Test
    void page_isBoundedAndChecked() {
        for (int i = 0; i < 3; i++) {
            lims.location("Page " + i);
        }
        assertEquals(2, lims.get("/api/locations?search=Page%20&limit=2", user).json().size());
        assertEquals(
                "Page 2",
                lims.get("/api/locations?search=Page%20&skip=2", user)
                        .json()
                        .at("/0/name")
                        .asText());
        assertEquals(0, lims.get("/api/locations?limit=0", user).json().size());
        for (String query : List.of("skip=-1", "limit=-1", "limit=x", "limit=10001", "skip=")) {
            Reply reply = lims.get("/api/locations?" + query, user);
            assertEquals(422, reply.status(), query);
            assertEquals("query", reply.json().at("/detail/0/loc/0").asText());
        }
    }

    @Test
    void settings_firstAskedFor_areTheDefaultsInOneRow() {
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            replies.add(CompletableFuture.supplyAsync(() -> lims.get("/api/settings/", user)));
        }
        replies.forEach(
                reply ->
                        assertEquals(
                                "FreeLIMS", reply.join().json().path("company_name").asText()));
        assertEquals("1", lims.sql("SELECT count(*) FROM system_settings"));

        ObjectNode form = lims.get("/api/settings/", user).json().deepCopy();
        form.put("auto_logout", "45").put("system_email", "");
        Reply changed = lims.put("/api/settings/", lims.admin(), form.toString());

        assertEquals(45, changed.json().path("auto_logout").asInt());
        assertTrue(changed.json().path("system_email").isNull());
        assertFalse(changed.json().path("updated_by_id").isNull());
        assertEquals(403, lims.put("/api/settings/", user, form.toString()).status());
    }
}
