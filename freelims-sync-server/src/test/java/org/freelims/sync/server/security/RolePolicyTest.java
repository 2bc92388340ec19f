package org.freelims.sync.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.freelims.sync.access.View;
import org.freelims.sync.protocol.Row;
import org.freelims.sync.server.ManualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RolePolicyTest {
    private static final Set<String> ORDINARY = Set.of("inventory", "samples");
    private static final Set<String> ALL = Set.of("inventory", "samples", "users");
    private static final PolicyReader READER =
            new PolicyReader(
                    ORDINARY,
                    ALL,
                    resource ->
                            Map.of("inventory", Set.of("id", "location_id", "batch", "owner"))
                                    .getOrDefault(resource, Set.of()));

    private static final String POLICY =
            """
            {"roles": {
               "analyst": {"inventory": {"rows": "location_id=1", "hide": ["batch"]}},
               "owner": {"inventory": {"rows": "owner={username}"}},
               "reviewer": {"*": {}},
               "auditor": {"inventory": {"hide": ["batch", "owner"]}}},
             "everyone": ["analyst"],
             "users": {"anna b&c": ["owner"], "rita": ["reviewer"], "otto": ["auditor"]}}
            """;

    private static Account account(String username, boolean active, boolean admin) {
        return new Account(7, username, "a@example.org", "A", active, admin);
    }

    private static View view(String username) {
        return READER.read(POLICY).viewOf(account(username, true, false));
    }

    private static Row row(String json) {
        return Row.parse(json);
    }

    @Test
    void role_withAFilter_showsItsRowsWithoutWhatItHides() {
        View view = view("somebody");

        assertTrue(view.allows("inventory"));
        assertFalse(view.allows("samples"));
        assertTrue(view.filtersRows("inventory"));
        assertTrue(view.sees("inventory", row("{\"location_id\":1}")));
        assertFalse(view.sees("inventory", row("{\"location_id\":2}")));
        assertFalse(view.sees("inventory", row("{}")));
        assertFalse(view.sees("samples", row("{\"location_id\":1}")));
        assertEquals(Set.of("batch"), view.hiddenFields("inventory"));
    }

    @Test
    void roles_together_showTheRowsOfEitherAndHideWhatNotAllRowsMayShow() {
        View view = view("anna b&c");

        assertTrue(view.sees("inventory", row("{\"location_id\":2,\"owner\":\"anna b&c\"}")));
        assertTrue(view.sees("inventory", row("{\"location_id\":1,\"owner\":\"x\"}")));
        assertFalse(view.sees("inventory", row("{\"location_id\":2,\"owner\":\"x\"}")));
        assertEquals(
                Set.of("batch"),
                view.hiddenFields("inventory"),
                "the role that shows it does so in some rows only");
    }

    @Test
    void role_ofAllRows_showsWhatAnotherHides() {
        assertEquals(Set.of(), view("rita").hiddenFields("inventory"));
        assertFalse(view("rita").filtersRows("inventory"));
        assertTrue(view("rita").allows("samples"));
        assertFalse(view("rita").allows("users"), "* is for what is not for administrators");
        assertEquals(Set.of("batch", "owner"), view("otto").hiddenFields("inventory"));
    }

    @Test
    void views_ofTheSameRights_areEqualAndOthersAreNot() {
        assertEquals(view("a"), view("b"));
        assertEquals(view("a").hashCode(), view("b").hashCode());
        assertNotEquals(view("a"), view("rita"));
        assertNotEquals(view("a"), view("anna b&c"));
    }

    @Test
    void administrator_whereNothingIsSaid_seesEverything() {
        View view = READER.read(POLICY).viewOf(account("boss", true, true));

        for (String resource : ALL) {
            assertTrue(view.allows(resource), resource);
            assertFalse(view.filtersRows(resource), resource);
            assertEquals(Set.of(), view.hiddenFields(resource), resource);
        }
    }

    @Test
    void administrator_whereThePolicySays_seesThat() {
        RolePolicy policy = READER.read("{\"roles\":{\"r\":{\"users\":{}}},\"admins\":[\"r\"]}");

        View view = policy.viewOf(account("boss", true, true));

        assertTrue(view.allows("users"));
        assertFalse(view.allows("inventory"));
    }

    @Test
    void account_inactive_orUnknown_seesNothing() {
        RolePolicy policy = READER.read(POLICY);

        assertFalse(policy.viewOf(account("rita", false, true)).allows("inventory"));
        assertFalse(policy.viewOfAnonymous().allows("inventory"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{                                                     | line 1",
                "[]                                                    | must be an object",
                "{\"role\":{}}                                         | 'role'",
                "{\"roles\":{\"r\":{\"inventroy\":{}}}}                | roles.r.inventroy",
                "{\"roles\":{\"r\":{\"inventory\":{\"hidden\":[]}}}}   | 'hidden'",
                "{\"roles\":{\"r\":{\"inventory\":{\"hide\":[\"batsch\"]}}}} | 'batsch'",
                "{\"roles\":{\"r\":{\"inventory\":{\"hide\":\"batch\"}}}}    | must be a list",
                "{\"roles\":{\"r\":{\"inventory\":{\"hide\":[\"id\"]}}}}     | can't be hidden",
                "{\"roles\":{\"r\":{\"*\":{\"hide\":[\"nothing\"]}}}}        | 'nothing'",
                "{\"roles\":{\"r\":{\"inventory\":{\"rows\":\"\"}}}}         | not empty",
                "{\"roles\":{\"r\":{\"inventory\":{\"rows\":\"owner\"}}}}    | a condition is",
                "{\"roles\":{\"r\":{\"inventory\":{\"rows\":\"ovner=1\"}}}}  | 'ovner'",
                "{\"everyone\":[\"nobody\"]}                           | no role 'nobody'",
                "{\"users\":{\"anna\":[\"nobody\"]}}                   | users.anna",
                "{\"everyone\":[],\"everyone\":[]}                     | everyone",
                "{} {}                                                 | not JSON"
            })
    void policy_wrong_isRefusedWithWhatIsWrongAndWhere(String json, String named) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> READER.read(json)).toString();

        assertTrue(message.contains(named), message);
    }

    @Test
    void file_changed_isReadAgainAndABrokenOneIsNot(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("policy.json"), POLICY);
        ManualClock clock = new ManualClock();
        PolicyFile policy = PolicyFile.read(file, READER, clock);
        Account somebody = account("somebody", true, false);
        assertTrue(policy.get().viewOf(somebody).allows("inventory"));

        Files.writeString(file, "{\"roles\":{\"r\":{\"samples\":{}}},\"everyone\":[\"r\"]}");
        clock.forward(PolicyFile.RECHECK);
        assertFalse(policy.get().viewOf(somebody).allows("inventory"));
        assertTrue(policy.get().viewOf(somebody).allows("samples"));

        Files.writeString(file, "{\"everyone\":[\"misspelt\"]}");
        clock.forward(PolicyFile.RECHECK);
        assertTrue(policy.get().viewOf(somebody).allows("samples"), "as it was");

        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> PolicyFile.read(file, READER, clock))
                        .toString();
        assertTrue(message.contains(file.toString()) && message.contains("misspelt"), message);
    }
}
