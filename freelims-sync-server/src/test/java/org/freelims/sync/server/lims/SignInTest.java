package org.freelims.sync.server.lims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpRequest;
import org.freelims.sync.server.lims.LimsForTests.Reply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SignInTest {
    private LimsForTests lims;

    @BeforeAll
    void start() {
        lims = LimsForTests.start();
        lims.user();
        lims.admin();
    }

    @AfterAll
    void stop() {
        lims.close();
    }

    @Test
    void signIn_withAForm_givesATokenThatWorks() {
        Reply reply = lims.signIn("tech", LimsForTests.PASSWORD);

        assertEquals(200, reply.status());
        assertEquals("bearer", reply.json().path("token_type").asText());
        String token = reply.json().path("access_token").asText();
        assertEquals("tech", lims.get("/api/users/me", token).json().path("username").asText());
    }

    @Test
    void signIn_withMultipart_givesATokenToo() {
        String body =
                """
                --b\r
                Content-Disposition: form-data; name="username"\r
                \r
                tech\r
                --b\r
                Content-Disposition: form-data; name="password"\r
                \r
                %s\r
                --b--\r
                """
                        .formatted(LimsForTests.PASSWORD);

        Reply reply = multipart(body, "multipart/form-data; boundary=b");

        assertEquals(200, reply.status(), reply.text());
        assertFalse(reply.json().path("access_token").asText().isEmpty());
    }

    @Test
    void signIn_withBrokenMultipart_isTheClientsFault() {
        for (String type :
                new String[] {"multipart/form-data", "multipart/form-data; boundary=other"}) {
            Reply reply = multipart("--b\r\nnothing", type);

            assertTrue(reply.status() == 400 || reply.status() == 422, type + " " + reply);
            assertTrue(reply.json().has("detail"));
        }
    }

    private Reply multipart(String body, String contentType) {
        return lims.send(
                lims.request("/api/token")
                        .header("Content-Type", contentType)
                        .header("Origin", LimsForTests.ORIGIN)
                        .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    @Test
    void signIn_wrongNameOrPassword_isOneAnswer() {
        for (Reply reply :
                new Reply[] {
                    lims.signIn("tech", "wrong"),
                    lims.signIn("nobody", LimsForTests.PASSWORD),
                    lims.signIn("tech\0", LimsForTests.PASSWORD),
                    lims.signIn("tech", LimsForTests.PASSWORD + "\0"),
                    lims.signIn("' OR 1=1 --", "x"),
                    lims.signIn("", "")
                }) {
            assertEquals(401, reply.status());
            assertEquals("{\"detail\":\"Incorrect username or password\"}", reply.text());
            assertEquals("Bearer", reply.header("WWW-Authenticate").orElse(""));
            assertEquals(
                    LimsForTests.ORIGIN,
                    reply.header("Access-Control-Allow-Origin").orElse(""),
                    "a browser must be able to see the refusal");
        }
    }

    @Test
    void signIn_withoutAForm_namesTheFieldsThatAreMissing() {
        Reply reply = lims.post("/api/token", "", "{\"username\":\"tech\"}");

        assertEquals(422, reply.status());
        assertEquals(
                "{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"username\"],\"msg\":\"Field"
                    + " required\"},{\"type\":\"missing\",\"loc\":[\"body\",\"password\"],\"msg\":\"Field"
                    + " required\"}]}",
                reply.text());
    }

    @Test
    void register_new_isAnAccountWithoutRightsAndWithoutItsHash() {
        Reply reply =
                lims.post(
                        "/api/register",
                        "",
                        """
                        {"email":"grace@example.org","username":"grace","full_name":"Grace H",
                         "password":"a password","is_admin":true}\
                        """);

        assertEquals(201, reply.status(), reply.text());
        assertTrue(reply.json().path("is_active").asBoolean());
        assertFalse(reply.json().path("is_admin").asBoolean());
        assertFalse(reply.text().contains("$2b$"));
        assertTrue(
                lims.sql("SELECT hashed_password FROM users WHERE username = 'grace'")
                        .startsWith("$2b$"));
        assertEquals(200, lims.signIn("grace", "a password").status());
    }

    @Test
    void register_takenNameOrEmail_saysWhich() {
        assertEquals(
                "400 {\"detail\":\"Username already taken\"}",
                register("other@example.org", "tech").toString());
        assertEquals(
                "400 {\"detail\":\"Email already registered\"}",
                register("tech@example.org", "other").toString());
    }

    private Reply register(String email, String username) {
        return lims.post(
                "/api/register",
                "",
                "{\"email\":\"%s\",\"username\":\"%s\",\"full_name\":\"X\",\"password\":\"p\"}"
                        .formatted(email, username));
    }

    @Test
    void register_invalid_saysWhatIsWrongWhere() {
        Reply reply =
                lims.post(
                        "/api/register",
                        "",
                        "{\"email\":\"nowhere\",\"username\":\" \",\"password\":\""
                                + "p".repeat(73)
                                + "\"}");

        assertEquals(422, reply.status());
        assertEquals(4, reply.json().path("detail").size(), reply.text());
    }

    @Test
    void register_whereClosed_isForAdministratorsOnly() {
        try (LimsForTests closed = LimsForTests.withClosedRegistration()) {
            String body =
                    "{\"email\":\"a@b\",\"username\":\"a\",\"full_name\":\"A\",\"password\":\"p\"}";

            assertEquals(403, closed.post("/api/register", "", body).status());
            assertEquals(403, closed.post("/api/register", closed.user(), body).status());
            assertEquals(201, closed.post("/api/register", closed.admin(), body).status());
        }
    }

    @Test
    void account_deactivated_isRefusedAtOnce() {
        String token = lims.token("leaver", false);
        assertEquals(200, lims.get("/api/users/me", token).status());
        int id = lims.accounts.find("leaver").orElseThrow().id();

        assertEquals(
                200, lims.put("/api/users/" + id, lims.admin(), "{\"is_active\":false}").status());

        assertEquals(
                "400 {\"detail\":\"Inactive user\"}", lims.get("/api/chemicals", token).toString());
    }

    @Test
    void ownAccount_changed_cannotRaiseItself() {
        String token = lims.token("climber", false);

        Reply reply =
                lims.put(
                        "/api/users/me",
                        token,
                        "{\"is_admin\":true,\"is_active\":false,\"full_name\":\"C\",\"email\":\"\"}");

        assertEquals(200, reply.status());
        assertFalse(reply.json().path("is_admin").asBoolean());
        assertTrue(reply.json().path("is_active").asBoolean());
        assertEquals("C", reply.json().path("full_name").asText());
        assertEquals("climber@example.org", reply.json().path("email").asText());
    }

    @Test
    void ownPassword_changed_isTheOneThatWorks() {
        String token = lims.token("changer", false);

        lims.put("/api/users/me", token, "{\"password\":\"another one\"}");

        assertEquals(200, lims.signIn("changer", "another one").status());
        assertEquals(401, lims.signIn("changer", LimsForTests.PASSWORD).status());
    }

    @Test
    void lastAdministrator_cannotStepDown() {
        try (LimsForTests own = LimsForTests.start()) {
            String admin = own.admin();
            int id = own.accounts.find("boss").orElseThrow().id();

            assertEquals(400, own.put("/api/users/" + id, admin, "{\"is_admin\":false}").status());
            own.token("deputy", true);
            assertEquals(200, own.put("/api/users/" + id, admin, "{\"is_admin\":false}").status());
        }
    }

    @Test
    void userName_withALineBreak_isRefused() {
        Reply reply =
                lims.post(
                        "/api/register",
                        lims.admin(),
                        "{\"username\":\"a\\r\\nERROR forged\",\"email\":\"f@example.org\","
                                + "\"full_name\":\"F\",\"password\":\"correct horse\"}");

        assertEquals(422, reply.status(), reply.text());
        assertTrue(reply.text().contains("control characters"), reply.text());
    }
}
