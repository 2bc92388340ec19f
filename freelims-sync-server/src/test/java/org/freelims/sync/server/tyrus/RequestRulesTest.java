package org.freelims.sync.server.tyrus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.ServerProperties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("StringConcatToTextBlock") // lines end with CR LF
class RequestRulesTest {
    private final ServerFixture fixture =
            ServerFixture.start(
                    builder ->
                            builder.handler("/said/*", new Said())
                                    .mount(
                                            "/rest",
                                            new ResourceConfig()
                                                    .property(
                                                            ServerProperties.WADL_FEATURE_DISABLE,
                                                            true)));

    @AfterEach
    void close() {
        fixture.close();
    }

    private static final class Said extends HttpHandler {
        @Override
        public void service(Request request, Response response) throws Exception {
            byte[] answer = new byte[] {'o', 'k'};
            response.setContentLength(answer.length);
            response.getOutputStream().write(answer);
        }
    }

    private RawClient.Response answer(String request) {
        try (RawClient client = RawClient.connect(fixture.port())) {
            client.write(request);
            return client.response();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /said/a%zz HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/a% HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/a%2 HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/<b> HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/\u00e9 HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/\0 HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET said HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/../../x HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/%2E%2e HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/... HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/./x HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/?a=%zz HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/?a=\u00e9 HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/?a=<b> HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/ HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
                "GET /said/ HTTP/1.1\r\nHost: x y\r\n\r\n",
                "GET /said/ HTTP/1.1\r\nHost:\r\n\r\n",
                "GET /said/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/%C3 HTTP/1.1\r\nHost: x\r\n\r\n",
                "POST /said/ HTTP/1.1\r\n"
                        + "Host: x\r\n"
                        + "Content-Length: 1\r\n"
                        + "Content-Length: 1\r\n\r\n"
                        + "x",
                "POST /said/ HTTP/1.0\r\n"
                        + "Host: x\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n"
                        + "0\r\n\r\n",
                "POST /said/ HTTP/1.1\r\nHost: x\r\nContent-Length : 1\r\n\r\nx",
                "POST /said/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\nx",
                "GET /said/ HTTP/1.1\r\nHost: x\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n",
                "GET /said/ HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
                "GET /said/ HTTP/1.1\r\nHost: x\r\nX\u00e9: a\r\n\r\n",
                "GET /said/ HTTP/1.1\r\nHost: x\r\n(X): a\r\n\r\n",
                "GET /said/a%2Fb HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/..%2fx HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/x%5C%2e%2e%5cy HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/ HTTP/1.1\r\nHost: x:123456\r\n\r\n",
                "GET /said/ HTTP/1.1\r\nHost: 327.0.0.1\r\n\r\n",
                "GET /said/ HTTP/1.1\r\nHost: lims_server:8001\r\n\r\n",
                "GET /said/ HTTP/1.1\r\nHost: x/y\r\n\r\n",
                "GET /said/ HTTP/1.1\r\nHost: u@x\r\n\r\n",
                "GET /said/ HTTP/1.1\r\nHost: x:port\r\n\r\n",
                "GET /said/ HTTP/1.1\r\nHost: x\u001e\r\n\r\n",
            })
    void request_thatDoesNotRead_isRefusedWith400(String request) {
        RawClient.Response response = answer(request);
        assertEquals(400, response.status());
        assertEquals("close", response.headers().get("connection"));
        assertTrue(response.body().matches("\\{\"detail\":\".+\"}"), response.body());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /said/ HTTP/1.1\r\n\r\n",
                "GET /said/ HTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/ HTTP/1.1x\r\n: x\r\n\r\n",
                "GET /said/ HTTP/2.0\r\nHost: x\r\n\r\n",
                "GET /said/\r\n\r\n",
                "POST /said/ HTTP/1.1\r\n"
                        + "Host: x\r\n"
                        + "Content-Length: 5\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n"
                        + "0\r\n\r\n",
                "POST /said/ HTTP/1.1\r\n"
                        + "Host: x\r\n"
                        + "Transfer-Encoding: chunked\r\n"
                        + "Content-Length: 5\r\n\r\n"
                        + "0\r\n\r\n",
            })
    void request_thatIsNoHttp_isAnsweredWith400(String request) {
        assertEquals(400, answer(request).status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /said/a%20b/~x;y=(1),'2'!*@:$&+ HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/..x?a=[1]&b={c}|^`d&e=%C3%A9/? HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /said/ HTTP/1.1\r\nHost: lims.example.org:8001\r\n\r\n",
                "GET /said/ HTTP/1.1\r\nHost: [::1]:8001\r\n\r\n",
                "GET /said/ HTTP/1.1\r\nHost: x\r\nX: a\tb\u00e9\r\n c\r\n\r\n",
                "GET /said/ HTTP/1.0\r\nConnection: close\r\n\r\n",
            })
    void request_thatReads_isServed(String request) {
        assertEquals(200, answer(request).status());
    }

    /** A proxy may not see the body's end elsewhere than the server. */
    @ParameterizedTest
    @ValueSource(
            strings = {"xchunked", "identity", "gzip, chunked", "chunked\r\nTransfer-Encoding: x"})
    void body_inACodingThatIsNotKnown_isRefusedAndNothingAfterItServed(String coding) {
        try (RawClient client = RawClient.connect(fixture.port())) {
            client.write(
                    "POST /said/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
                            + coding
                            + "\r\n\r\n0\r\n\r\nGET /said/ HTTP/1.1\r\nHost: x\r\n\r\n");
            RawClient.Response response = client.response();
            assertEquals(501, response.status());
            assertEquals("close", response.headers().get("connection"));
            assertTrue(client.ended());
        }
    }

    /** Jersey fails where it can make no URI of the host: then the request was to be refused. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "x.",
                "x:",
                "x:0",
                "x:65535",
                "-x",
                "x-",
                "a_b",
                "a.1b",
                "1",
                "999",
                "1.2.3",
                "327.0.0.1",
                "127.0.0.1",
                "127.0.0.1.",
                "0x7f.1",
                "[::1]",
                "[::ffff:1.2.3.4]:80",
                "[1::2%25eth0]",
                "[::g]",
                "[]",
                "x..y",
                ".x",
                "xn--4ca",
                "x:99999",
                "x:-1",
                "x\t",
                "\tx",
                "x\u00a0"
            })
    void host_whatever_isServedByTheWebApiOrRefused(String host) {
        int status = answer("GET /rest/x HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status();
        assertTrue(status == 404 || status == 400, () -> host + ": " + status);
    }

    @Test
    void path_thatIsLong_isServed() {
        assertEquals(
                200,
                answer("GET /said/" + "x%20".repeat(3000) + " HTTP/1.1\r\nHost: x\r\n\r\n")
                        .status());
    }

    /** Each byte in time, all of them together not. */
    @Test
    void body_thatTrickles_isCutAtTheTimeout() {
        ConnectionLimits limits =
                ConnectionLimits.defaults()
                        .withTimeouts(
                                Duration.ofSeconds(10),
                                Duration.ofMillis(500),
                                Duration.ofMillis(500));
        try (ServerFixture slow =
                        ServerFixture.start(
                                builder -> builder.limits(limits).handler("/body/*", new Reads()));
                RawClient client = RawClient.connect(slow.port())) {
            client.write("POST /body/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(50))
                    .atMost(Duration.ofSeconds(30))
                    .until(
                            () -> {
                                client.write("x");
                                client.socket().setSoTimeout(1);
                                try {
                                    return client.ended();
                                } catch (UncheckedIOException e) {
                                    // nothing to read yet, or a reset, which is an end too
                                    return !(e.getCause() instanceof SocketTimeoutException);
                                }
                            });
        } catch (UncheckedIOException e) {
            assertTrue(e.getCause() instanceof SocketException, "it was cut: " + e);
        }
    }

    private static final class Reads extends HttpHandler {
        @Override
        public void service(Request request, Response response) throws Exception {
            request.getInputStream().readAllBytes();
        }
    }

    @Test
    void requests_thatComeAtOnce_areEachJudged() {
        try (RawClient client = RawClient.connect(fixture.port())) {
            client.write(
                    "GET /said/1 HTTP/1.1\r\nHost: x\r\n\r\n"
                            + "GET /said/2 HTTP/1.1\r\nHost: x y\r\n\r\n"
                            + "GET /said/3 HTTP/1.1\r\nHost: x\r\n\r\n");
            assertEquals(200, client.response().status());
            assertEquals(400, client.response().status());
            assertTrue(client.ended(), "nothing follows the refusal");
        }
    }
}
