package org.freelims.sync.server.socketio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.BinaryNode;
import java.util.List;
import java.util.Optional;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SocketPacketReaderTest {
    private static final int MAX_BYTES = 100;

    private final SocketPacketReader reader = new SocketPacketReader(MAX_BYTES);

    @Test
    void text_connect_readsNamespaceAndAuth() {
        assertEquals("/", ((SocketPacket.Connect) read("0")).namespace());
        assertTrue(((SocketPacket.Connect) read("0")).auth().isEmpty());
        assertEquals("/ws", read("0/ws,").namespace());
        assertEquals("/ws", read("0/ws").namespace());
        SocketPacket.Connect packet = (SocketPacket.Connect) read("0/ws,{\"token\":\"a,b\"}");
        assertEquals("a,b", packet.auth().path("token").textValue());
    }

    @Test
    void text_event_readsNameArgumentsAndAckId() {
        SocketPacket.Event event =
                (SocketPacket.Event) read("2/ws,12[\"subscribe\",{\"a\":1.50},null]");
        assertEquals("/ws", event.namespace());
        assertEquals(12, event.ackId());
        assertEquals("subscribe", event.name());
        assertEquals("[{\"a\":1.50}, null]", event.arguments().toString());
        assertEquals(SocketPacket.NO_ACK, ((SocketPacket.Event) read("2[\"x\"]")).ackId());
    }

    @Test
    void text_ackAndDisconnect_areRead() {
        assertEquals(new SocketPacket.Disconnect("/"), read("1"));
        assertEquals(new SocketPacket.Disconnect("/ws"), read("1/ws,"));
        SocketPacket.Ack ack = (SocketPacket.Ack) read("37[\"ok\"]");
        assertEquals(7, ack.ackId());
        assertEquals("[\"ok\"]", ack.arguments().toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "abc",
                "4{\"message\":\"x\"}",
                "7",
                "0[]",
                "0\"x\"",
                "0{",
                "0{} {}",
                "05{}",
                "1[]",
                "15",
                "2",
                "2{}",
                "2[]",
                "2[{}]",
                "2[null]",
                "2abc[\"x\"]",
                "2/ws[\"x\"]",
                "21234567890123456[\"x\"]",
                "3[\"no id\"]",
                "37",
                "37{}",
                "5[\"x\"]",
                "5-[\"x\"]",
                "5a-[\"x\"]",
                "5-1-[\"x\"]",
                "565-[\"x\"]",
                "599999999999-[\"x\"]",
            })
    void text_whatNoClientMaySend_isMalformed(String text) {
        SyncException e = assertThrows(SyncException.class, () -> reader.text(text));
        assertEquals(ErrorCode.MALFORMED, e.code());
    }

    @Test
    void text_namespaceTooLong_isMalformed() {
        String longest = "0/" + "n".repeat(SocketPacketReader.MAX_NAMESPACE - 1);
        assertEquals(128, read(longest).namespace().length());
        assertThrows(SyncException.class, () -> reader.text(longest + "n"));
    }

    @Test
    void text_nestedTooDeep_isMalformed() {
        String deep = "2[\"x\"," + "[".repeat(10_000) + "]".repeat(10_000) + "]";
        assertThrows(SyncException.class, () -> reader.text(deep));
    }

    @Test
    void binary_asManyAsAnnounced_arePutInPlace() {
        assertEquals(
                Optional.empty(),
                reader.text(
                        "52-/ws,9[\"e\",{\"a\":[{\"_placeholder\":true,\"num\":1}]},{\"_placeholder\":true,\"num\":0}]"));
        assertEquals(Optional.empty(), reader.binary(new byte[] {1, 2}));
        SocketPacket.Event event = (SocketPacket.Event) reader.binary(new byte[] {3}).orElseThrow();
        assertEquals(9, event.ackId());
        BinaryNode second = (BinaryNode) event.arguments().get(0).path("a").get(0);
        assertArrayEquals(new byte[] {3}, second.binaryValue());
        assertArrayEquals(new byte[] {1, 2}, ((BinaryNode) event.arguments().get(1)).binaryValue());
        assertEquals("x", ((SocketPacket.Event) read("2[\"x\"]")).name());
    }

    @Test
    void text_noAttachmentsAnnounced_isCompleteAtOnce() {
        assertEquals("x", ((SocketPacket.Event) read("50-[\"x\"]")).name());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[\"e\"]",
                "[\"e\",{\"_placeholder\":true}]",
                "[\"e\",{\"_placeholder\":true,\"num\":1}]",
                "[\"e\",{\"_placeholder\":true,\"num\":-1}]",
                "[\"e\",{\"_placeholder\":true,\"num\":\"0\"}]",
                "[\"e\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":0}]",
            })
    void binary_notReferredToExactlyOnce_isMalformed(String content) {
        assertEquals(Optional.empty(), reader.text("51-" + content));
        SyncException e = assertThrows(SyncException.class, () -> reader.binary(new byte[] {1}));
        assertEquals(ErrorCode.MALFORMED, e.code());
    }

    @Test
    void binary_unannounced_isMalformed() {
        assertThrows(SyncException.class, () -> reader.binary(new byte[] {1}));
    }

    @Test
    void text_whereAnAttachmentIsDue_isMalformed() {
        assertEquals(Optional.empty(), reader.text("51-[\"e\",{\"_placeholder\":true,\"num\":0}]"));
        assertThrows(SyncException.class, () -> reader.text("2[\"x\"]"));
    }

    @Test
    void binary_tooBigTogether_isRefused() {
        assertEquals(
                Optional.empty(),
                reader.text(
                        "52-[\"e\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]"));
        assertEquals(Optional.empty(), reader.binary(new byte[60]));
        SyncException e = assertThrows(SyncException.class, () -> reader.binary(new byte[41]));
        assertEquals(ErrorCode.MESSAGE_TOO_BIG, e.code());
    }

    @Test
    void event_withBinaryArguments_isWrittenAsItWasRead() {
        List<String> written =
                written(
                        SocketPackets.event(
                                "/ws",
                                List.of(
                                        SocketJson.parse("\"e\""),
                                        SocketJson.withAttachments(
                                                SocketJson.parse(
                                                        "{\"a\":[{\"_placeholder\":true,\"num\":0}]}"),
                                                List.of(new byte[] {1, 2, 3})))));
        assertEquals(
                List.of("451-/ws,[\"e\",{\"a\":[{\"_placeholder\":true,\"num\":0}]}]", "bAQID"),
                written);
        assertEquals(
                List.of("4312[1.50,\"2\"]"),
                written(
                        SocketPackets.ack(
                                "/",
                                12,
                                List.of(SocketJson.parse("1.50"), SocketJson.parse("\"2\"")))));
    }

    private static List<String> written(List<WirePacket> packets) {
        return packets.stream().map(p -> new String(PollPayload.of(p), UTF_8)).toList();
    }

    private SocketPacket read(String text) {
        return reader.text(text).orElseThrow();
    }
}
