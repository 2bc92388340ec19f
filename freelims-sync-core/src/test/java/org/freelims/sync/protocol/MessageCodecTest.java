package org.freelims.sync.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class MessageCodecTest {
    private static final Position AT = new Position("e1", 7, "ab12cd34");
    private static final Position PREV = Position.of("e1", 5);

    static Stream<ServerMessage> serverMessages() {
        return Stream.of(
                new ServerMessage.Welcome(1, "s\"1\n", AT, 15000, 65536),
                new ServerMessage.Authenticated(
                        1, "user:7", Optional.of(Instant.parse("2026-02-28T22:21:58.341Z"))),
                new ServerMessage.Authenticated(1, "user:7", Optional.empty()),
                new ServerMessage.Subscribed(2, "inventory", AT),
                new ServerMessage.SnapshotPage("*", "a", List.of(), false, AT),
                new ServerMessage.SnapshotPage(
                        "*",
                        "a",
                        List.of("{\"x\":\"}],\\\"\"}", "{\"y\":{\"z\":[1.50]}}"),
                        true,
                        AT),
                new ServerMessage.Notification(
                        "a?b=\u2028",
                        "a",
                        Action.UPDATE,
                        "1",
                        "{\"q\": 120.0, \"t\":\"\\u00e4\", \"e\":1e3}",
                        AT,
                        PREV,
                        "88213",
                        false,
                        Instant.parse("2026-02-28T22:21:58.341042Z"),
                        Optional.of("user:7"),
                        Optional.empty()),
                new ServerMessage.Notification(
                        "a",
                        "a",
                        Action.DELETE,
                        "1",
                        "{}",
                        AT,
                        PREV,
                        "88213",
                        true,
                        Instant.EPOCH,
                        Optional.empty(),
                        Optional.of("expired")),
                new ServerMessage.Left(
                        "a", "a", "1", Optional.of(AT), Optional.of(PREV), Optional.of("3"), true),
                new ServerMessage.Left(
                        "a", "a", "1", Optional.empty(), Optional.empty(), Optional.empty(), false),
                new ServerMessage.Heartbeat(AT),
                new ServerMessage.Resync(
                        -1,
                        "a",
                        ErrorCode.POSITION_LOST,
                        Optional.empty(),
                        Optional.of(PREV),
                        Optional.empty(),
                        Optional.empty()),
                new ServerMessage.Unsubscribed(3, "a"),
                new ServerMessage.Pong(4),
                new ServerMessage.Failed(2, ErrorCode.FORBIDDEN, "no"),
                new ServerMessage.Closing(ErrorCode.SHUTTING_DOWN, true, 1200));
    }

    @ParameterizedTest
    @MethodSource("serverMessages")
    void serverMessage_writtenAndRead_isTheSame(ServerMessage message) {
        assertEquals(Optional.of(message), MessageCodec.decodeServer(MessageCodec.encode(message)));
    }

    static Stream<ClientMessage> clientMessages() {
        return Stream.of(
                new ClientMessage.Authenticate(1, "t\"\\"),
                new ClientMessage.Subscribe(2, "a?b<1", StartFrom.now()),
                new ClientMessage.Subscribe(0, "a", StartFrom.snapshot()),
                new ClientMessage.Subscribe(ClientMessage.MAX_ID, "a", StartFrom.after(AT)),
                new ClientMessage.Unsubscribe(ClientMessage.NO_ID, "a"),
                new ClientMessage.Ping(4));
    }

    @ParameterizedTest
    @MethodSource("clientMessages")
    void clientMessage_writtenAndRead_isTheSame(ClientMessage message) {
        assertEquals(message, MessageCodec.decodeClient(MessageCodec.encode(message)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            textBlock =
                    """
                    nonsense|MALFORMED|-1
                    [1]|MALFORMED|-1
                    {"type":"ping"} {}|MALFORMED|-1
                    {"type":"shout","id":5}|UNKNOWN_TYPE|5
                    {"id":5}|BAD_REQUEST|5
                    {"type":7,"id":5}|BAD_REQUEST|5
                    {"type":"ping","id":-1}|BAD_REQUEST|-1
                    {"type":"ping","id":1.5}|BAD_REQUEST|-1
                    {"type":"ping","id":9007199254740992}|BAD_REQUEST|-1
                    {"type":"subscribe","id":5}|BAD_REQUEST|5
                    {"type":"subscribe","id":5,"to":"a","from":"yesterday"}|BAD_REQUEST|5
                    {"type":"subscribe","id":5,"to":"a","from":7}|BAD_REQUEST|5
                    {"type":"authenticate","id":5,"token":null}|BAD_REQUEST|5
                    """)
    void rule14_unreadableText_hasACodeAndItsId(String text, ErrorCode code, long id) {
        ClientMessage.Unreadable unreadable =
                assertInstanceOf(ClientMessage.Unreadable.class, MessageCodec.decodeClient(text));
        assertEquals(code, unreadable.code());
        assertEquals(id, unreadable.id());
        assertTrue(unreadable.message().length() > 10, "it says what to do");
    }

    @Test
    void decodeClient_deepNesting_isRefusedAndNotAStackOverflow() {
        String deep = "{\"type\":\"ping\",\"x\":" + "[".repeat(50_000);
        assertInstanceOf(ClientMessage.Unreadable.class, MessageCodec.decodeClient(deep));
    }

    @Test
    void decodeClient_upTo64Levels_isReadAndBeyondRefused() {
        String most = "[".repeat(63) + "]".repeat(63);
        assertEquals(
                new ClientMessage.Ping(1),
                MessageCodec.decodeClient("{\"type\":\"ping\",\"id\":1,\"x\":" + most + "}"));
        ClientMessage deeper =
                MessageCodec.decodeClient("{\"type\":\"ping\",\"id\":1,\"x\":[" + most + "]}");
        assertEquals(
                ErrorCode.MALFORMED,
                assertInstanceOf(ClientMessage.Unreadable.class, deeper).code());
    }

    @Test
    void decodeServer_unknownType_isIgnored() {
        assertEquals(Optional.empty(), MessageCodec.decodeServer("{\"type\":\"later\",\"x\":[1]}"));
    }

    @ParameterizedTest
    @CsvSource({"''", "[]", "{\"type\":\"pong\"", "{\"type\":\"heartbeat\"}"})
    void decodeServer_noMessage_isMalformed(String text) {
        assertEquals(
                ErrorCode.MALFORMED,
                assertThrows(SyncException.class, () -> MessageCodec.decodeServer(text)).code());
    }

    @ParameterizedTest
    @CsvSource({"e1:7", "e1:7.ab12", "a-b_C:9223372036854775807.x"})
    void position_textAndBack_isTheSame(String text) {
        assertEquals(text, Position.parse(text).toString());
    }

    @ParameterizedTest
    @CsvSource({"e1", ":1", "e1:", "e1:-1", "e1:1x", "e1:9223372036854775808", "e 1:1", "e1:1.a b"})
    void position_otherText_isBadRequest(String text) {
        assertEquals(
                ErrorCode.BAD_REQUEST,
                assertThrows(SyncException.class, () -> Position.parse(text)).code());
    }
}
