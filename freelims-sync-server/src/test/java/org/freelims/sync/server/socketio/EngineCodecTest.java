package org.freelims.sync.server.socketio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineCodecTest {
    @Test
    void decode_eachTypeThatClientsSend_isRead() {
        assertEquals(EnginePacket.Signal.CLOSE, EngineCodec.decode("1"));
        assertEquals(new EnginePacket.Ping("probe"), EngineCodec.decode("2probe"));
        assertEquals(new EnginePacket.Pong(""), EngineCodec.decode("3"));
        assertEquals(new EnginePacket.Message("h\u20acllo"), EngineCodec.decode("4h\u20acllo"));
        assertEquals(EnginePacket.Signal.UPGRADE, EngineCodec.decode("5"));
        assertEquals(EnginePacket.Signal.NOOP, EngineCodec.decode("6"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0{}", "7", "abc", "1x", "5x", "6x", " 4hello"})
    void decode_whatNoClientMaySend_isMalformed(String text) {
        SyncException e = assertThrows(SyncException.class, () -> EngineCodec.decode(text));
        assertEquals(ErrorCode.MALFORMED, e.code());
    }

    @Test
    void decodePayload_textAndBinary_keepsTheirOrder() {
        List<EnginePacket> packets = payload("4test1\u001ebAQIDBA==\u001e4");
        assertEquals(new EnginePacket.Message("test1"), packets.get(0));
        assertArrayEquals(new byte[] {1, 2, 3, 4}, ((EnginePacket.Binary) packets.get(1)).data());
        assertEquals(new EnginePacket.Message(""), packets.get(2));
        assertEquals(3, packets.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\u001e", "4a\u001e", "\u001e4a", "4a\u001e\u001e4b", "bA*", "abc"})
    void decodePayload_withAnEmptyOrBadPacket_isMalformed(String body) {
        SyncException e = assertThrows(SyncException.class, () -> payload(body));
        assertEquals(ErrorCode.MALFORMED, e.code());
    }

    @Test
    void decodePayload_notUtf8_isMalformed() {
        byte[] body = {'4', (byte) 0xC3, '('};
        SyncException e =
                assertThrows(SyncException.class, () -> EngineCodec.decodePayload(body, 10));
        assertEquals(ErrorCode.MALFORMED, e.code());
    }

    @Test
    void decodePayload_atTheLimitOfPackets_isReadAndOneMoreIsRefused() {
        String atLimit = "4a\u001e".repeat(9) + "4a";
        assertEquals(10, payload(atLimit).size());
        SyncException e = assertThrows(SyncException.class, () -> payload(atLimit + "\u001e4a"));
        assertEquals(ErrorCode.RATE_LIMITED, e.code());
    }

    private static List<EnginePacket> payload(String body) {
        return EngineCodec.decodePayload(body.getBytes(UTF_8), 10);
    }
}
