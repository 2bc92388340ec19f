package org.freelims.sync.server.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.awaitility.Awaitility;
import org.freelims.sync.log.Change;
import org.freelims.sync.server.postgres.PostgresChangeLogTest.Running;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CaptureTest {
    private final Running running = Running.start();
    private final Capture capture = running.sync().capture();

    @AfterEach
    void close() {
        running.close();
    }

    private void items() {
        items("");
    }

    private void items(String ifNeeded) {
        running.execute(
                "CREATE TABLE "
                        + ifNeeded
                        + "items (id serial PRIMARY KEY, name text, quantity double precision,"
                        + " tag jsonb, touched timestamptz)");
        capture.install("items", CaptureOptions.resource("inventory"));
    }

    /** The changes as {@code action id data before}. */
    private List<String> changes() {
        return running.changes().stream()
                .map(c -> c.action().wire() + " " + c.id() + " " + c.data() + " " + c.before())
                .toList();
    }

    private List<String> changesAfter(int skipped) {
        List<String> all = changes();
        return all.subList(skipped, all.size());
    }

    private String refusal(String table, CaptureOptions options) {
        return assertThrows(DatabaseSetupException.class, () -> capture.install(table, options))
                .getMessage();
    }

    @Test
    void write_eachKind_isCapturedWithWhatItChanged() {
        items();
        running.execute(
                "INSERT INTO items (name, quantity) VALUES ('a', 1.5); UPDATE items SET quantity ="
                        + " 2, tag = '{\"x\": 1}'; DELETE FROM items; TRUNCATE items");
        String after =
                "{\"id\":1,\"name\":\"a\",\"quantity\":2,\"tag\":{\"x\": 1},\"touched\":null}";
        assertEquals(
                List.of(
                        "create 1"
                            + " {\"id\":1,\"name\":\"a\",\"quantity\":1.5,\"tag\":null,\"touched\":null}"
                            + " {}",
                        "update 1 " + after + " {\"quantity\":1.5,\"tag\":null}",
                        "delete 1 " + after + " {}",
                        "truncate  {} {}"),
                changes());
    }

    @Test
    void write_ofOneTransaction_sharesItsTxAndTellsActorAndReason() {
        items();
        running.execute(
                "BEGIN; SELECT set_config('freelims_sync.actor', 'user:7', true),"
                    + " set_config('freelims_sync.reason', 'stock-taking', true); INSERT INTO items"
                    + " (name) VALUES ('a'), ('b'); UPDATE items SET name = 'c'; COMMIT; INSERT"
                    + " INTO items (name) VALUES ('d')");
        List<Change> changes = running.changes();
        assertEquals(5, changes.size());
        assertEquals(1, changes.subList(0, 4).stream().map(Change::tx).distinct().count());
        assertEquals(
                List.of(false, false, false, true, true),
                changes.stream().map(Change::txLast).toList());
        assertEquals(Optional.of("user:7"), changes.get(3).actor());
        assertEquals(Optional.of("stock-taking"), changes.get(3).reason());
        assertEquals(Optional.empty(), changes.get(4).actor());
    }

    @Test
    void update_thatChangesNothingVisible_givesNothing() {
        running.execute(
                "CREATE TABLE users (id int PRIMARY KEY, name text, hashed_password text, seen"
                        + " json)");
        capture.install("users", CaptureOptions.resource("users").excluding("hashed_password"));
        running.execute(
                "INSERT INTO users VALUES (1, 'a', 'h1', '{}'); UPDATE users SET hashed_password ="
                        + " 'h2'; UPDATE users SET name = 'a', seen = '{}'; UPDATE users SET name ="
                        + " 'b', hashed_password = 'h3'; DELETE FROM users");
        assertEquals(
                List.of(
                        "create 1 {\"id\":1,\"name\":\"a\",\"seen\":{}} {}",
                        "update 1 {\"id\":1,\"name\":\"b\",\"seen\":{}} {\"name\":\"a\"}",
                        "delete 1 {\"id\":1,\"name\":\"b\",\"seen\":{}} {}"),
                changes());
    }

    @Test
    void update_ofTheKey_isADeleteAndACreate() {
        items();
        running.execute("INSERT INTO items (name) VALUES ('a'); UPDATE items SET id = 5");
        List<String> changes = changesAfter(1);
        assertEquals(2, changes.size());
        assertTrue(changes.get(0).startsWith("delete 1 {\"id\":1"), changes.get(0));
        assertTrue(changes.get(1).startsWith("create 5 {\"id\":5"), changes.get(1));
    }

    @Test
    void update_ofAValueEqualButLookingDifferent_isCaptured() {
        running.execute(
                "CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic"
                        + " = false); CREATE TABLE t (id int PRIMARY KEY, name text COLLATE nocase,"
                        + " span interval)");
        capture.install("t", CaptureOptions.resource("t"));
        running.execute(
                "INSERT INTO t VALUES (1, 'a', '30 days'); UPDATE t SET name = 'A'; UPDATE t SET"
                        + " span = '1 month'");
        assertEquals(3, changes().size());
    }

    @Test
    void write_ofAnyType_isCapturedAndComparable() {
        running.execute(
                "CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE DOMAIN short AS text CHECK"
                    + " (length(value) < 9); CREATE TYPE pair AS (a int, b text); CREATE TABLE t"
                    + " (id uuid PRIMARY KEY, m mood, s short, p pair, pt point, x xml, j json, arr"
                    + " int[], js json[], num numeric, b bytea, r tstzrange, c char(4), tm timetz,"
                    + " i inet, f real, twice int GENERATED ALWAYS AS (num::int * 2) STORED)");
        capture.install("t", CaptureOptions.resource("t"));
        String row =
                "('00000000-0000-0000-0000-000000000001', 'good', 's', (1, 'x'), '(1,2)', '<a/>',"
                    + " '{\"k\":1}', '{1,2}', ARRAY['{}'::json], 1.50, '\\x00ff', '[2026-01-01,)',"
                    + " 'ab', '10:00+02', '10.0.0.1', 0.1)";
        running.execute(
                "INSERT INTO t VALUES "
                        + row
                        + "; UPDATE t SET m = m; UPDATE t SET m = 'bad', s = 't', p = (2, 'y'), pt"
                        + " = '(3,4)', x = '<b/>', j = '[]', arr = '{}', js = '{}', num = 2, b ="
                        + " '', r = 'empty', c = 'x', tm = '11:00+02', i = '::1', f = 'NaN'; UPDATE"
                        + " t SET b = NULL; DELETE FROM t");
        List<Change> changes = running.changes();
        assertEquals(4, changes.size());
        assertEquals(15, fields(changes.get(1).before()), changes.get(1).before());
        assertEquals("{\"b\":\"\\\\x\"}", changes.get(2).before());
        assertTrue(changes.get(0).data().contains("\"twice\":4"), changes.get(0).data());
    }

    private static long fields(String json) {
        try {
            return new com.fasterxml.jackson.databind.ObjectMapper().readTree(json).size();
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalArgumentException(json, e);
        }
    }

    @Test
    void column_addedRenamedOrDropped_changesTheRowsAndBreaksNoWrite() {
        items();
        running.execute(
                "INSERT INTO items (name) VALUES ('a'); ALTER TABLE items ADD extra int; UPDATE"
                    + " items SET extra = 7; ALTER TABLE items RENAME name TO title; UPDATE items"
                    + " SET title = 'b'; ALTER TABLE items DROP quantity; UPDATE items SET title ="
                    + " 'c'; ALTER TABLE items RENAME id TO number; UPDATE items SET title = 'd';"
                    + " ALTER TABLE items RENAME TO things; UPDATE things SET title = 'e'; DELETE"
                    + " FROM things");
        List<String> late = changesAfter(1);
        assertEquals(
                "update 1 {\"id\":1,\"name\":\"a\",\"quantity\":null,\"tag\":null,\"touched\":null,"
                        + "\"extra\":7} {\"extra\":null}",
                late.get(0));
        assertTrue(late.get(1).endsWith("{\"title\":\"a\"}"), late.get(1));
        assertEquals(
                "update 1 {\"number\":1,\"tag\":null,\"touched\":null,\"title\":\"d\",\"extra\":7}"
                        .length(),
                late.get(3).indexOf('}') + 1);
        assertTrue(late.get(4).startsWith("update 1 "), late.get(4));
        assertTrue(late.get(5).startsWith("delete 1 "), late.get(5));

        // the same once the function was written anew
        // (by this call, or by the node's own a moment ago)
        capture.refresh();
        assertEquals(0, capture.refresh());
        assertEquals(List.of("number"), capture.list().get(0).keyColumns());
        running.execute(
                "INSERT INTO things (title, extra) VALUES ('f', 1); UPDATE things SET extra = 2");
        List<String> last = changesAfter(7);
        assertEquals(
                "update 2 {\"number\":2,\"title\":\"f\",\"tag\":null,\"touched\":null,\"extra\":2}"
                        + " {\"extra\":1}",
                last.get(1));
    }

    @Test
    void excludedColumn_renamed_staysOut() {
        running.execute("CREATE TABLE users (id int PRIMARY KEY, name text, secret text)");
        capture.install("users", CaptureOptions.resource("users").excluding("secret"));
        running.execute(
                "ALTER TABLE users RENAME secret TO hidden; INSERT INTO users VALUES (1, 'a',"
                        + " 'hush')");
        assertEquals(List.of("create 1 {\"id\":1,\"name\":\"a\"} {}"), changes());
        capture.refresh();
        running.execute("INSERT INTO users VALUES (2, 'a', 'hush')");
        assertEquals(List.of("create 2 {\"id\":2,\"name\":\"a\"} {}"), changesAfter(1));
        assertEquals(List.of("hidden"), capture.list().get(0).excludedColumns());
    }

    @Test
    void keyColumn_dropped_writersAreToldWhatToDo() {
        running.execute("CREATE TABLE t (id int PRIMARY KEY, n int)");
        capture.install("t", CaptureOptions.resource("t"));
        running.execute("ALTER TABLE t DROP id");
        IllegalStateException e =
                assertThrows(
                        IllegalStateException.class,
                        () -> running.execute("INSERT INTO t VALUES (1)"));
        String said = String.valueOf(e.getCause());
        assertTrue(said.contains("its key column is gone (was id)"), said);
        assertTrue(said.contains("Install capture again"), said);
        assertTrue(capture.remove("t"));
        running.execute("INSERT INTO t VALUES (1)");
    }

    @Test
    void install_oddNamesOtherSchemaAndCompositeKey_areCaptured() {
        running.execute(
                "CREATE SCHEMA \"My Lab\"; CREATE TABLE \"My Lab\".\"a'b\\c?:x$1%_\" (\"k\"\"1\""
                        + " text, k2 int, \"select\" int, \"é{\\}\" int, PRIMARY KEY (k2,"
                        + " \"k\"\"1\"))");
        CapturedTable table =
                capture.install(
                        "\"My Lab\".\"a'b\\c?:x$1%_\"", CaptureOptions.resource("odd-one.2"));
        assertEquals(List.of("k2", "k\"1"), table.keyColumns());
        String on = "\"My Lab\".\"a'b\\c?:x$1%_\"";
        running.execute(
                "SET standard_conforming_strings = off; INSERT INTO %s VALUES ('x,y', 1, 2, 3); UPDATE %s"
                                .formatted(on, on)
                        + " SET \"é{\\}\" = 4; UPDATE %s SET \"k\"\"1\" = 'z'".formatted(on));
        assertEquals(
                List.of(
                        "create 1,x\\,y {\"k\\\"1\":\"x,y\",\"k2\":1,\"select\":2,\"é{\\\\}\":3}"
                                + " {}",
                        "update 1,x\\,y {\"k\\\"1\":\"x,y\",\"k2\":1,\"select\":2,\"é{\\\\}\":4}"
                                + " {\"é{\\\\}\":3}",
                        "delete 1,x\\,y {\"k\\\"1\":\"x,y\",\"k2\":1,\"select\":2,\"é{\\\\}\":4}"
                                + " {}",
                        "create 1,z {\"k\\\"1\":\"z\",\"k2\":1,\"select\":2,\"é{\\\\}\":4} {}"),
                changes());
        // the fast way was taken, or the test would prove only the slow one
        running.execute("DROP FUNCTION freelims_sync.capture_by_catalog");
        running.execute("DELETE FROM " + on);
        assertEquals(5, changes().size());
    }

    @Test
    void install_wideTable_isCaptured() {
        StringBuilder columns = new StringBuilder("id int PRIMARY KEY");
        for (int i = 0; i < 250; i++) {
            columns.append(", c").append(i).append(" int DEFAULT ").append(i);
        }
        running.execute("CREATE TABLE wide (" + columns + ", secret text DEFAULT 'hush')");
        capture.install("wide", CaptureOptions.resource("wide").excluding("secret"));
        running.execute(
                "INSERT INTO wide (id) VALUES (1); UPDATE wide SET c3 = -1, c249 = NULL; UPDATE"
                        + " wide SET c7 = 7");
        List<Change> changes = running.changes();
        assertEquals(2, changes.size());
        assertEquals(251, fields(changes.get(0).data()));
        assertEquals("{\"c3\":3,\"c249\":249}", changes.get(1).before());
    }

    @Test
    void install_partitionedTable_capturesAllPartitions() {
        running.execute(
                "CREATE TABLE m (id int, at date, n int, PRIMARY KEY (id, at)) PARTITION BY RANGE"
                        + " (at); CREATE TABLE m1 PARTITION OF m FOR VALUES FROM ('2026-01-01') TO"
                        + " ('2026-02-01')");
        capture.install("m", CaptureOptions.resource("m"));
        running.execute(
                "CREATE TABLE m2 (n int, junk int, at date NOT NULL, id int NOT NULL); ALTER TABLE"
                    + " m2 DROP junk; ALTER TABLE m ATTACH PARTITION m2 FOR VALUES FROM"
                    + " ('2026-02-01') TO ('2026-03-01'); INSERT INTO m VALUES (1, '2026-01-05',"
                    + " 1), (2, '2026-02-05', 1); UPDATE m2 SET n = 2; UPDATE m SET at ="
                    + " '2026-02-06' WHERE id = 1; TRUNCATE m");
        List<String> changes = changes();
        assertEquals(
                "create 1,2026-01-05 {\"id\":1,\"at\":\"2026-01-05\",\"n\":1} {}", changes.get(0));
        assertTrue(changes.get(1).startsWith("create 2,2026-02-05 "), changes.get(1));
        assertTrue(changes.get(2).endsWith("{\"n\":1}"), changes.get(2));
        assertTrue(changes.get(3).startsWith("delete 1,2026-01-05 "), changes.get(3));
        assertTrue(changes.get(4).startsWith("create 1,2026-02-06 "), changes.get(4));
        assertEquals(List.of("truncate  {} {}"), changes.subList(5, changes.size()));
    }

    @Test
    void install_again_changesNothingOrTheOptions() {
        items();
        CapturedTable same = capture.install("public.items", CaptureOptions.resource("inventory"));
        assertEquals(List.of(same), capture.list());
        CapturedTable other =
                capture.install("items", CaptureOptions.resource("stock").excluding("touched"));
        assertEquals(List.of(other), capture.list());
        running.execute("INSERT INTO items (name) VALUES ('a'); UPDATE items SET touched = now()");
        assertEquals(1, changes().size());
        assertEquals("stock", running.changes().get(0).resource());
    }

    @Test
    void install_tableDroppedAndMadeAnew_isCapturedAgain() {
        items();
        running.execute("DROP TABLE items");
        assertEquals(List.of(), capture.list());
        items();
        running.execute("INSERT INTO items (name) VALUES ('a')");
        assertEquals(1, changes().size());
    }

    @Test
    void remove_capturedTable_endsCapture() {
        items();
        assertTrue(capture.remove("items"));
        assertFalse(capture.remove("items"));
        running.execute("INSERT INTO items (name) VALUES ('a')");
        assertEquals(List.of(), changes());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DROP TRIGGER \"0_freelims_sync\" ON items",
                "DROP TRIGGER \"0_freelims_sync_truncate\" ON items",
                "ALTER TABLE items DISABLE TRIGGER \"0_freelims_sync\""
            })
    void trigger_droppedOrDisabledByHand_isToldOfMendedAndRemoved(String byHand) {
        items();
        assertEquals(Map.of("inventory", true), capture.active());
        running.execute(byHand);
        assertEquals(Map.of("inventory", false), capture.active());

        items("IF NOT EXISTS ");
        assertEquals(Map.of("inventory", true), capture.active());
        running.execute("INSERT INTO items (name) VALUES ('a'); TRUNCATE items");
        assertEquals(2, changes().size());

        running.execute(byHand);
        assertTrue(capture.remove("items"));
        assertEquals(Map.of(), capture.active());
        running.execute("INSERT INTO items (name) VALUES ('b'); TRUNCATE items");
        assertEquals(2, changes().size());
        items("IF NOT EXISTS ");
        assertEquals(1, capture.list().size());
    }

    @Test
    void install_bothTriggersDroppedByHand_isCapturedAgain() {
        items();
        running.execute(
                "DROP TRIGGER \"0_freelims_sync\" ON items; DROP TRIGGER"
                        + " \"0_freelims_sync_truncate\" ON items");
        assertFalse(capture.remove("items"));
        items("IF NOT EXISTS ");
        running.execute("INSERT INTO items (name) VALUES ('a')");
        assertEquals(1, changes().size());
    }

    @Test
    void install_whatCannotBeCaptured_saysWhyAndWhatToDo() {
        running.execute(
                "CREATE TABLE nokey (a int, b int NOT NULL UNIQUE, c int UNIQUE); CREATE VIEW v AS"
                    + " SELECT 1 AS id; CREATE TABLE one (id int PRIMARY KEY); CREATE TABLE two (id"
                    + " int PRIMARY KEY)");
        CaptureOptions options = CaptureOptions.resource("r");
        assertTrue(refusal("nokey", options).contains("has no primary key"));
        assertTrue(refusal("nokey", options.key("a")).contains("can't be its key"));
        assertTrue(refusal("nokey", options.key("c")).contains("can't be its key"));
        assertTrue(refusal("nokey", options.key("x")).contains("no column 'x'; it has a, b, c"));
        assertTrue(refusal("nokey", options.key("b").excluding("y")).contains("no column 'y'"));
        assertTrue(refusal("none", options).contains("There is no table none"));
        assertTrue(refusal("v", options).contains("is no table"));
        assertTrue(refusal("freelims_sync.log", options).contains("none of the application's"));
        assertTrue(refusal("one", options.excluding("id")).contains("key and excluded"));
        capture.install("one", options);
        assertTrue(refusal("two", options).contains("Resource 'r' is table public.one's already"));
        assertThrows(IllegalArgumentException.class, () -> CaptureOptions.resource("no spaces"));
        assertEquals(1, capture.list().size());
        capture.install("nokey", CaptureOptions.resource("b").key("b"));
    }

    @Test
    void write_byARoleWithoutRightsOnTheSchema_isCaptured() throws SQLException {
        items();
        String role = "app_" + running.database().name();
        running.execute(
                "CREATE ROLE %s LOGIN PASSWORD 'p'; GRANT ALL ON items, items_id_seq TO %s"
                        .formatted(role, role));
        try (Connection connection =
                        DriverManager.getConnection(running.database().url(), role, "p");
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO items (name) VALUES ('a'); UPDATE items SET name = 'b'");
            assertThrows(
                    SQLException.class, () -> statement.execute("SELECT * FROM freelims_sync.log"));
        }
        assertEquals(2, changes().size());
    }

    @Test
    void write_asReplicaSession_isCapturedToo() {
        items();
        running.execute(
                "SET session_replication_role = replica; INSERT INTO items (name) VALUES ('a')");
        assertEquals(1, changes().size());
    }

    @Test
    void write_thatATriggerFollowsUp_isCapturedInOrder() {
        items();
        running.execute(
                "CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE items"
                        + " SET tag = '1' WHERE id = NEW.id AND tag IS NULL; RETURN NULL; END $$;"
                        + " CREATE TRIGGER a AFTER INSERT OR UPDATE ON items FOR EACH ROW EXECUTE"
                        + " FUNCTION follow(); INSERT INTO items (name) VALUES ('a')");
        List<String> changes = changes();
        assertEquals(2, changes.size());
        assertTrue(changes.get(0).startsWith("create 1"), changes.get(0));
        assertTrue(changes.get(1).contains("\"tag\":1"), changes.get(1));
    }

    @Test
    void catalog_captureChangedByAnotherProcess_isReadAgain() {
        Capture other = new Capture(org.jdbi.v3.core.Jdbi.create(running.database().dataSource()));
        assertEquals(Set.of(), running.sync().catalog().resources());
        running.execute("CREATE TABLE t (id int PRIMARY KEY, n int, secret int)");
        other.install("t", CaptureOptions.resource("things").excluding("secret"));
        Awaitility.await()
                .until(() -> running.sync().catalog().resources().equals(Set.of("things")));
        assertEquals(Set.of("id", "n"), running.sync().catalog().fields("things"));
        other.remove("t");
        Awaitility.await().until(() -> running.sync().catalog().resources().isEmpty());
    }
}
