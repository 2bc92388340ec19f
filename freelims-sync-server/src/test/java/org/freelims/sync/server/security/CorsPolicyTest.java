package org.freelims.sync.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CorsPolicyTest {
    private final CorsPolicy policy =
            CorsPolicy.allowing(List.of("http://localhost:3000/", "https://lims.example.org"));

    @Test
    void origin_configured_isAllowedInEverySpelling() {
        assertTrue(policy.allows("http://localhost:3000"));
        assertTrue(policy.allows("HTTP://LocalHost:3000"));
        assertTrue(policy.allows("https://lims.example.org:443"));
        assertTrue(policy.allows("https://lims.example.org:"));
        assertTrue(
                CorsPolicy.allowing(List.of("http://lims_web:3000"))
                        .allows("http://lims_web:3000"));
    }

    @Test
    void origin_other_isNotAllowed() {
        for (String origin :
                List.of(
                        "",
                        "null",
                        "*",
                        "http://localhost",
                        "http://localhost:3001",
                        "https://localhost:3000",
                        "http://localhost:3000.evil.example",
                        "http://evil.example/http://localhost:3000",
                        "http://localhost:3000@evil.example",
                        "http://localhost:3000?",
                        "http://localhost:3000#",
                        "http://localhost:3000,http://localhost:3000",
                        "http://localhost:99999999999",
                        "http://lims.example.org",
                        "https://lims.example.org.evil.example")) {
            assertFalse(policy.allows(origin), origin);
            assertEquals("{Vary=Origin}", policy.headers(Optional.of(origin)).toString(), origin);
        }
    }

    @Test
    void answer_toAnAllowedOrigin_namesItAndAllowsCredentials() {
        var headers = policy.headers(Optional.of("http://localhost:3000"));

        assertEquals("http://localhost:3000", headers.get("Access-Control-Allow-Origin"));
        assertEquals("true", headers.get("Access-Control-Allow-Credentials"));
        assertEquals("Origin", headers.get("Vary"));
    }

    @Test
    void preflight_ofAnAllowedOrigin_allowsAllMethodsAndTheHeadersAskedFor() {
        var answer =
                policy.preflight(
                        "http://localhost:3000", Optional.of("authorization,content-type"));

        assertEquals(200, answer.status());
        assertTrue(answer.headers().toString().contains("Methods=DELETE, GET"), answer::toString);
        assertEquals(
                "authorization,content-type", answer.headers().get("Access-Control-Allow-Headers"));
    }

    @Test
    void preflight_ofAnotherOrigin_isRefused() {
        var answer = policy.preflight("http://evil.example", Optional.empty());

        assertEquals(400, answer.status());
        assertFalse(answer.headers().containsKey("Access-Control-Allow-Origin"));
    }

    @Test
    void preflight_withALineBreakInTheHeaders_doesNotEchoIt() {
        var answer = policy.preflight("http://localhost:3000", Optional.of("x\r\nSet-Cookie: a=b"));

        assertFalse(answer.headers().containsKey("Access-Control-Allow-Headers"));
    }

    @Test
    void handshake_isFreeToProgramsOwnPagesAndAllowedOriginsOnly() {
        CorsPolicy named = policy.servedAs(List.of("lab-server"));
        Optional<String> host = Optional.of("Lab-Server:8001");

        assertTrue(named.allowsHandshake(Optional.empty(), host));
        assertTrue(named.allowsHandshake(Optional.of("http://lab-server:8001"), host));
        assertTrue(named.allowsHandshake(Optional.of("http://localhost:3000"), host));
        assertFalse(named.allowsHandshake(Optional.of("http://lab-server:8002"), host));
        assertFalse(named.allowsHandshake(Optional.of("http://evil.example"), host));
        assertFalse(named.allowsHandshake(Optional.of("null"), host));
    }

    @Test
    void handshake_ofAPageServedUnderANameNobodyConfigured_isRefused() {
        for (String host : List.of("evil.example:8001", "127.0.0.1.evil.example:8001", "evil")) {
            assertFalse(
                    policy.allowsHandshake(Optional.of("http://" + host), Optional.of(host)), host);
        }
        for (String host : List.of("127.0.0.1:8001", "localhost:8001", "[::1]:8001")) {
            assertTrue(
                    policy.allowsHandshake(Optional.of("http://" + host), Optional.of(host)), host);
        }
    }

    @Test
    void host_known_isAnAddressANameOfTheServerOrOfAnAllowedOrigin() {
        CorsPolicy named = policy.servedAs(List.of("lab-server", "lab_server"));

        for (String host :
                List.of(
                        "10.0.0.7:8001",
                        "[fe80::1]:8001",
                        "LOCALHOST",
                        "lab-server:8001",
                        "lab_server",
                        "lims.example.org")) {
            assertTrue(named.knowsHost(host), host);
        }
        for (String host :
                List.of(
                        "evil.example",
                        "lab-server.evil.example",
                        "10.0.0.7.evil.example",
                        "evil.example/@localhost",
                        "localhost@evil.example",
                        "a b",
                        "")) {
            assertFalse(named.knowsHost(host), host);
        }
    }

    @Test
    void name_thatIsNoHostName_isRefusedWithAnExample() {
        for (String wrong : List.of("http://x", "x:80", "", "a/b", "a b")) {
            String message =
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> policy.servedAs(List.of(wrong)),
                                    wrong)
                            .toString();
            assertTrue(message.contains("lims.example.org"), message);
        }
    }

    @Test
    void any_configured_allowsEveryOriginButNotWhatIsNone() {
        CorsPolicy any = CorsPolicy.allowing(List.of("*"));

        assertTrue(any.allows("http://anywhere.example"));
        assertFalse(any.allows("null"));
    }

    @Test
    void configuration_thatIsNoOrigin_isRefusedWithAnExample() {
        for (String wrong :
                List.of("localhost:3000", "http://x/path", "", "http://", "http://a?b")) {
            String message =
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> CorsPolicy.allowing(List.of(wrong)),
                                    wrong)
                            .toString();
            assertTrue(message.contains("http://localhost:3000"), message);
        }
    }
}
