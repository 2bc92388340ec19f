package org.freelims.sync.server.lims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.freelims.sync.access.Principal;
import org.freelims.sync.access.View;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.server.ManualClock;
import org.freelims.sync.server.security.Account;
import org.freelims.sync.server.security.AccountAccessPolicy;
import org.freelims.sync.server.security.Attribution;
import org.freelims.sync.server.security.JwtAuthenticator;
import org.freelims.sync.server.security.RolePolicy;
import org.freelims.sync.server.security.Tickets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who somebody is and may see, by the accounts in the database; and the test data. */
class AccessTest {
    private static final Attribution TEST = new Attribution("test", "");

    private LimsForTests lims;

    @BeforeEach
    void start() {
        lims = LimsForTests.start();
    }

    @AfterEach
    void stop() {
        lims.close();
    }

    private Account account(String username) {
        return lims.accounts.find(username).orElseThrow();
    }

    @Test
    void token_ofAnAccount_isItsPrincipalWithRolesAndEnd() {
        JwtAuthenticator authenticator = new JwtAuthenticator(lims.tokens, lims.accounts);

        Principal user = authenticator.authenticate(lims.user());
        assertEquals("user:" + account("tech").id(), user.name());
        assertEquals(Set.of("user"), user.roles());
        assertTrue(user.expiresAt().orElseThrow().isAfter(Instant.now()));
        assertEquals(Set.of("user", "admin"), authenticator.authenticate(lims.admin()).roles());
    }

    @Test
    void token_ofNobodyOrAnInactiveAccount_isABadTokenLikeAnyOther() {
        JwtAuthenticator authenticator = new JwtAuthenticator(lims.tokens, lims.accounts);
        String inactive = lims.user();
        lims.accounts.setActive(account("tech").id(), false, TEST);
        String gone = lims.token("gone", false);
        lims.database.execute("DELETE FROM users WHERE username = 'gone'");

        for (String token : List.of("", "nonsense", inactive, gone)) {
            SyncException refused =
                    assertThrows(SyncException.class, () -> authenticator.authenticate(token));
            assertEquals(ErrorCode.BAD_TOKEN, refused.code());
        }
    }

    @Test
    void view_followsTheAccountWithinASecond() {
        ManualClock clock = new ManualClock();
        AccountAccessPolicy policy =
                new AccountAccessPolicy(
                        lims.accounts,
                        () ->
                                RolePolicy.standard(
                                        LimsResource.forUsers(),
                                        LimsResource.forAdmins(),
                                        Set.of("inventory")),
                        clock);
        lims.admin();
        lims.user();
        Principal admin = Principal.of(account("boss").principalName(), "user", "admin");
        Principal user = Principal.of(account("tech").principalName(), "user");

        assertTrue(policy.view(admin).allows("users"));
        assertFalse(policy.view(user).allows("users"));
        for (String resource :
                List.of("chemicals", "locations", "inventory", "experiments", "samples", "tests")) {
            assertTrue(policy.view(user).allows(resource), resource);
        }
        assertTrue(policy.view(Principal.ANONYMOUS).allows("inventory"));
        assertFalse(policy.view(Principal.ANONYMOUS).allows("samples"));
        assertEquals(View.of(Set.of()), policy.view(Principal.of("service:other", "admin")));

        lims.accounts.setAdmin(account("boss").id(), false, TEST);
        lims.accounts.setActive(account("tech").id(), false, TEST);
        clock.forward(Duration.ofMillis(1001));

        assertFalse(policy.view(admin).allows("users"), "whatever the token's roles said");
        assertFalse(policy.view(user).allows("inventory"));
    }

    @Test
    void seed_ofMany_tellsItsProgressAndRepeatsNothing() {
        LimsSeed seed = new LimsSeed(lims.jdbi, new Random(1));
        List<String> progress = new ArrayList<>();

        LimsSeed.Seeded last = seed.items(250, (done, all) -> progress.add(done + "/" + all));
        new LimsSeed(lims.jdbi, new Random(2)).items(1, (done, all) -> {});

        assertEquals(List.of("100/250", "200/250", "250/250"), progress);
        assertEquals("251", lims.sql("SELECT count(*) FROM inventory_items"));
        assertEquals("12", lims.sql("SELECT count(*) FROM chemicals"));
        assertEquals("6", lims.sql("SELECT count(*) FROM locations"));
        assertEquals(200, lims.get("/api/inventory/items/" + last.itemId(), lims.user()).status());
    }

    @Test
    void demo_startedTwice_isMadeOnceAndSignsIn() {
        LimsSeed seed = new LimsSeed(lims.jdbi, new Random(1));
        seed.demo(lims.accounts);
        seed.demo(lims.accounts);

        assertEquals(200, lims.signIn("admin", "password").status());
        assertEquals("8", lims.sql("SELECT count(*) FROM inventory_items"));
    }

    @Test
    void ticket_isGoodOnceInItsTimeAndForAnActiveAccount() {
        ManualClock clock = new ManualClock();
        Tickets tickets = new Tickets(lims.jdbi, lims.accounts, new SecureRandom(), clock);
        lims.user();
        Account tech = account("tech");
        Instant ends = clock.instant().plusSeconds(600);

        String ticket = tickets.issue(tech, ends);
        assertEquals(tech.principalName(), tickets.authenticate(ticket).name());
        assertEquals(ErrorCode.BAD_TOKEN, refusal(tickets, ticket), "used");

        String late = tickets.issue(tech, ends);
        clock.forward(Tickets.LIFETIME);
        assertEquals(ErrorCode.BAD_TOKEN, refusal(tickets, late), "ended");

        String endedSignIn = tickets.issue(tech, clock.instant());
        assertEquals(ErrorCode.BAD_TOKEN, refusal(tickets, endedSignIn), "sign-in ended");

        String disabled = tickets.issue(tech, ends.plusSeconds(600));
        lims.accounts.setActive(tech.id(), false, TEST);
        assertEquals(ErrorCode.BAD_TOKEN, refusal(tickets, disabled), "account disabled");
        for (String wrong : List.of("", "x", "' OR 1=1 --", "\0", "x".repeat(100_000))) {
            assertEquals(ErrorCode.BAD_TOKEN, refusal(tickets, wrong));
        }
        assertEquals("0", lims.sql("SELECT count(*) FROM freelims_sync.connection_tickets"));
    }

    private static ErrorCode refusal(Tickets tickets, String ticket) {
        return assertThrows(SyncException.class, () -> tickets.authenticate(ticket)).code();
    }
}
