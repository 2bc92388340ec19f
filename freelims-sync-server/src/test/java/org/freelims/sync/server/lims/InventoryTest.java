package org.freelims.sync.server.lims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.freelims.sync.server.lims.LimsForTests.Reply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InventoryTest {
    private LimsForTests lims;
    private int chemical;
    private int location;

    @BeforeAll
    void start() {
        lims = LimsForTests.start();
        chemical = lims.chemical("Ethanol");
        location = lims.location("Shelf 1");
    }

    @AfterAll
    void stop() {
        lims.close();
    }

    @Test
    void item_created_isAnsweredAsTheContractHasIt() {
        Reply reply =
                lims.post(
                        "/api/inventory/items",
                        lims.user(),
                        """
                        {"chemical_id":%d,"location_id":%d,"quantity":"120","unit":"g",
                         "batch_number":"BATCH-001","expiration_date":"2026-02-28"}\
                        """
                                .formatted(chemical, location));

        assertEquals(201, reply.status(), reply.text());
        JsonNode item = reply.json();
        assertEquals(120.0, item.path("quantity").asDouble());
        assertEquals("2026-02-28T00:00:00", item.path("expiration_date").asText());
        assertTrue(
                item.path("created_at")
                        .asText()
                        .matches(
                                "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?[+-]\\d\\d:\\d\\d"),
                item.toString());
        assertTrue(item.path("updated_at").isNull());
        assertEquals("Ethanol", item.path("chemical").path("name").asText());
        assertEquals("Shelf 1", item.path("location").path("name").asText());
        List<String> names = new ArrayList<>();
        item.fieldNames().forEachRemaining(names::add);
        assertEquals(
                List.of(
                        "id",
                        "chemical_id",
                        "location_id",
                        "quantity",
                        "unit",
                        "batch_number",
                        "expiration_date",
                        "created_at",
                        "updated_at",
                        "chemical",
                        "location"),
                names);
    }

    @Test
    void item_readBack_agreesWithWhatCaptureMakesOfTheRow() {
        int id = lims.item(chemical, location, 12.5);

        JsonNode rest = lims.get("/api/inventory/items/" + id, lims.user()).json();

        JsonNode row =
                LimsForTests.parse(
                        lims.sql(
                                "SELECT to_jsonb(i)::text FROM inventory_items i WHERE id = "
                                        + id));
        row.properties()
                .forEach(field -> assertEquals(field.getValue(), rest.path(field.getKey())));
    }
}
